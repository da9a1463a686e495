import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { generateKeyValue } from '../../src/core/key.ts';
import { startTestApp } from '../kit/app.ts';
import { rowsOf } from '../kit/doors.ts';
import { send } from '../kit/raw.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory in use once everything that can go is gone, in MiB. */
function usedMb(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 ** 2;
}

test('10,000 bad keys in a burst leave a bounded trace and no memory behind, and other keys go on being served', async () => {
  const app = await startTestApp();
  const good = app.first!.key;
  const list = (key: string) => send(`${app.url}/v1/models`, { lines: [['authorization', `Bearer ${key}`]] });
  let number = 0;
  const random = (size: number): Uint8Array => {
    number++;
    return Uint8Array.from({ length: size }, (_, at) => (number * 31 + at * at * number) & 0xff);
  };
  const badKey = (at: number): string => (at % 2 === 0 ? generateKeyValue('kw_', random) : `kw_${at}-malformed`);
  // Once before measuring, so that what is made once is there.
  for (let at = 0; at < 200; at++) expect((await list(badKey(at))).status).toBe(401);
  const beforeMb = usedMb();

  let flooding = true;
  const waitsMs: number[] = [];
  const served = (async () => {
    while (flooding) {
      const startedMs = performance.now();
      expect((await list(good)).status).toBe(200);
      waitsMs.push(performance.now() - startedMs);
    }
  })();
  let next = 0;
  const statuses = new Map<number, number>();
  const flood = Array.from({ length: 60 }, async () => {
    while (next < 10_000) {
      const { status } = await list(badKey(next++));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  await Promise.all(flood);
  flooding = false;
  await served;
  expect([...statuses]).toEqual([[401, 10_000]]);
  // The flood has 60 calls under way all the time: who waits for all of them still waits for no more than one round.
  expect(waitsMs.length).toBeGreaterThan(20);
  expect(Math.max(...waitsMs)).toBeLessThan(2000);
  expect(usedMb() - beforeMb).toBeLessThan(16);

  await app.stop();
  const rows = rowsOf(app.dataDir, 'denials');
  expect(rows.reduce((sum, row) => sum + Number(row['count']), 0)).toBe(10_200);
  // One kind, in two rows when the hour turned meanwhile.
  expect(rows.length).toBeLessThanOrEqual(2);
  expect(rows[0]).toMatchObject({ key_id: '', code: 'invalid_api_key', route: '/v1/models', address: '127.0.0.1' });
  expect(rowsOf(app.dataDir, 'ledger')).toHaveLength(waitsMs.length);
  await app.remove();
});
