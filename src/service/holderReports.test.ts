import { beforeEach, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import type { LedgerStore, UsageRow } from '../core/ports.ts';
import { createHolderReports, REPORT_KEPT_MS } from './holderReports.ts';

let nowMs: number;
let asked: { readonly keyId: string | undefined; readonly answer: PromiseWithResolvers<UsageRow[]> }[];

beforeEach(() => {
  nowMs = 1_000_000;
  asked = [];
});

function setUp() {
  const usage: LedgerStore['usage'] = ({ keyId }) => {
    const answer = Promise.withResolvers<UsageRow[]>();
    asked.push({ keyId, answer });
    return answer.promise;
  };
  const reports = createHolderReports({ ledger: { usage }, clock: () => nowMs });
  return (id: string) => reports.read({ id, accountId: 'acc_1', projectId: 'prj_1' });
}
const turn = () => new Promise(setImmediate);

test('those who ask for one key share one sum, which is answered again for five seconds', async () => {
  const read = setUp();
  const all = [read('key_1'), read('key_1'), read('key_1')];
  await turn();
  asked[0]!.answer.resolve([]);
  const [first] = await Promise.all(all);
  nowMs += REPORT_KEPT_MS - 1;
  expect(await read('key_1')).toBe(first);
  expect(asked).toHaveLength(1);
  nowMs += 1;
  const again = read('key_1');
  await turn();
  asked[1]!.answer.resolve([]);
  expect(await again).toMatchObject({ toMs: nowMs });
});

test('one key’s sum is made at a time, and beyond fifty in line one is told when to come again', async () => {
  const read = setUp();
  const all = Array.from({ length: 50 }, (_, at) => read(`key_${at}`));
  await turn();
  expect(asked).toHaveLength(1);
  expect(() => read('key_x')).toThrow(expect.objectContaining({ code: 'too_many_attempts', status: 429 }));
  for (let at = 0; at < 50; at += 1) {
    asked[at]!.answer.resolve([]);
    await turn();
  }
  await Promise.all(all);
  const next = read('key_x');
  await turn();
  asked[50]!.answer.resolve([]);
  await next;
});

test('a sum that failed is made again for the next who asks, and holds up nobody', async () => {
  const read = setUp();
  const [failing, other] = [read('key_1'), read('key_2')];
  await turn();
  asked[0]!.answer.reject(new Fault('store_unavailable', 'away'));
  await expect(failing).rejects.toMatchObject({ code: 'store_unavailable' });
  await turn();
  asked[1]!.answer.resolve([]);
  await other;
  const again = read('key_1');
  await turn();
  asked[2]!.answer.resolve([]);
  await again;
});
