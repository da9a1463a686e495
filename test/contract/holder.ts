// A process that opens a store on the data folder it is given, says so, and appends ledger rows until it is killed,
// naming each once it is promised to be on the disk.
import { openStore } from '../../src/store/open.ts';
import { createCipher } from '../../src/store/cipher.ts';
import type { LedgerRow } from '../../src/core/ledger.ts';
import { NO_USAGE } from '../../src/core/usage.ts';

const dataDir = process.argv[2] ?? '';
try {
  const store = await openStore({ url: null, dataDir, cipher: createCipher(new Uint8Array(32)) });
  process.stdout.write('open\n');
  for (let batch = 0; ; batch++) {
    const rows = Array.from({ length: 14 }, (_, index) => rowNamed(`req_${batch}_${index}`));
    await store.ledger.append(rows);
    process.stdout.write(`${rows.map(({ id }) => id).join('\n')}\n`);
  }
} catch (error) {
  process.stdout.write(`refused: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

function rowNamed(id: string): LedgerRow {
  return {
    id,
    accountId: 'acc_1',
    projectId: 'prj_1',
    keyId: 'key_1',
    route: '/v1/models',
    resourceType: null,
    resourceId: null,
    resourceName: null,
    providerId: null,
    outcome: 'answered',
    status: 200,
    streamed: false,
    usage: NO_USAGE,
    usageSource: 'none',
    costNano: 1n,
    chargedTokens: 0,
    chargedCostNano: 1n,
    prices: null,
    address: null,
    startedAtMs: 1_800_000_000_000,
    firstByteMs: null,
    durationMs: 1,
  };
}
