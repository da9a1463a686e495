import { expect, test } from 'vitest';
import type { LedgerRow } from '../core/ledger.ts';
import type { TokenUsage } from '../core/usage.ts';
import type { Admitted } from './attempt.ts';
import { createSettlement, unbilled, type Result } from './settlement.ts';

const USAGE: TokenUsage = {
  inputTokens: 1_000_000,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 1,
  reasoningTokens: 0,
};
const PRICES = {
  inputNanoPerMillion: 5n,
  cachedInputNanoPerMillion: null,
  cacheWriteNanoPerMillion: null,
  outputNanoPerMillion: 0n,
};

function admitted(id: string, prices: typeof PRICES | null = PRICES): Admitted {
  return {
    ok: true,
    id,
    hash: 'h',
    ask: { kind: 'model', name: 'm' },
    address: '127.0.0.1',
    startedAtMs: 1000,
    record: { key: { id: 'key_1', accountId: 'acc_1', projectId: 'prj_1' } },
    target: { resource: { type: 'model', id: 'mdl_1' }, name: 'm', provider: { id: 'prv_1' }, prices },
  } as unknown as Admitted;
}
const result = (over: Partial<Result> = {}): Result => ({
  route: '/v1/x',
  outcome: 'answered',
  status: 200,
  streamed: false,
  usage: USAGE,
  usageSource: 'reported',
  firstByteMs: 3,
  ...over,
});

function setUp() {
  const rows: LedgerRow[] = [];
  let nowMs = 1500;
  const reservations = { settle: async (row: LedgerRow) => void rows.push(row), drain: async () => undefined };
  return {
    rows,
    settlement: createSettlement({ reservations, clock: () => nowMs }),
    setNow: (ms: number) => void (nowMs = ms),
  };
}

test('the row: who, what, how it ended, what it cost at which prices, how long it took', async () => {
  const { settlement, rows } = setUp();
  await settlement.settle(admitted('1'), result());
  expect(rows[0]).toMatchObject({
    id: '1',
    accountId: 'acc_1',
    projectId: 'prj_1',
    keyId: 'key_1',
    route: '/v1/x',
    resourceType: 'model',
    resourceId: 'mdl_1',
    resourceName: 'm',
    providerId: 'prv_1',
    outcome: 'answered',
    status: 200,
    streamed: false,
    usage: USAGE,
    usageSource: 'reported',
    costNano: 5n,
    prices: PRICES,
    address: '127.0.0.1',
    startedAtMs: 1000,
    firstByteMs: 3,
    durationMs: 500,
  });
});

test.each<[string, Partial<Result>, typeof PRICES | null, bigint | null]>([
  ['at known prices', {}, PRICES, 5n],
  ['without prices: unknown, not zero', {}, null, null],
  ['that used nothing', { usageSource: 'none' }, null, 0n],
  ['given by the caller', { costNano: 42n }, PRICES, 42n],
  ['that is zero by the caller', { costNano: 0n }, PRICES, 0n],
  ['that cannot be known', { usageSource: 'none', costNano: null }, PRICES, null],
])('the cost of a call %s', async (_what, over, prices, cost) => {
  const { settlement, rows } = setUp();
  await settlement.settle(admitted('1', prices), result(over));
  expect(rows[0]).toMatchObject({
    costNano: cost,
    chargedCostNano: cost,
    chargedTokens: over.usageSource === 'none' ? rows[0]!.chargedTokens : 1_000_001,
  });
});

test('a clock that was put back makes no negative duration', async () => {
  const { settlement, rows, setNow } = setUp();
  setNow(0);
  await settlement.settle(admitted('1'), unbilled('/v1/models', 200));
  expect(rows[0]).toMatchObject({ durationMs: 0, outcome: 'allowed', costNano: 0n });
});
