// Ten minutes of mixed load on one server with its own SQLite file: `node bench/soak.ts [--seconds N] [--workers N]`.
// Prints memory and open handles over time, and proves in the end that nothing was lost and no counter differs.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { layOut } from '../test/kit/crashLayout.ts';
import { CrashProof, readSqlite } from '../test/kit/crashProof.ts';
import { startServer } from '../test/kit/crashServer.ts';
import { newSeed, randomFrom } from '../test/kit/load.ts';
import { middle, soak } from '../test/kit/loadSoak.ts';
import { startLoadUpstream } from '../test/kit/loadUpstream.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, workers: { type: 'string', default: '12' } },
});
const seconds = Number(values.seconds);
const workers = Number(values.workers);
if (!(seconds >= 1 && workers >= 1)) {
  console.error('usage: node bench/soak.ts [--seconds N] [--workers N]');
  process.exit(2);
}

const seed = newSeed();
const dataDir = mkdtempSync(join(tmpdir(), 'keyward-soak-'));
const upstream = await startLoadUpstream();
const server = await startServer({ env: { KEYWARD_DATA_DIR: dataDir } });
try {
  const { keys } = await layOut(server, upstream.url);
  const proof = new CrashProof(readSqlite(dataDir), keys);
  console.log(`Soak of ${seconds} s with ${workers} clients, SEED=${seed}\n\n  seconds     calls   RSS MiB   handles`);
  const { samples, differences, edits } = await soak({
    server,
    keys,
    proof,
    seconds,
    workers,
    random: randomFrom(seed),
    onSample: ({ atSeconds, calls, rssMiB, handles }) =>
      console.log(
        [
          [atSeconds, 9],
          [calls, 10],
          [rssMiB ?? '-', 10],
          [handles ?? '-', 10],
        ]
          .map(([value, width]) => String(value).padStart(Number(width)))
          .join(''),
      ),
  });
  const grown = (of: 'rssMiB' | 'handles'): string =>
    `${middle(samples, of, 0.2, 0.4) ?? '-'} → ${middle(samples, of, 0.8, 1) ?? '-'}`;
  console.log(`\nRSS ${grown('rssMiB')} MiB, handles ${grown('handles')} (second fifth → last fifth)`);
  console.log(`${edits} edits; ${JSON.stringify(proof.tally)}`);
  console.log(`Differences at the end: ${differences}`);
  const { code } = await server.stop();
  process.exitCode = differences === 0 && code === 0 ? 0 : 1;
} finally {
  await server.kill();
  await upstream.close();
  rmSync(dataDir, { recursive: true, force: true });
}
