import { beforeEach, expect, test } from 'vitest';
import type { Catalogue } from '../core/catalogue.ts';
import { Fault } from '../core/fault.ts';
import { createDirectory } from './directory.ts';
import { createStopwatch } from './stopwatch.ts';

const EMPTY: Catalogue = { providers: [], models: [], endpoints: [], services: [], groups: [] };
const MAX_AGE_MS = 750;

let nowMs: number;
let reads: PromiseWithResolvers<Catalogue>[];

beforeEach(() => {
  nowMs = 1_000_000;
  reads = [];
});

const store = {
  read() {
    const reading = Promise.withResolvers<Catalogue>();
    reads.push(reading);
    return reading.promise;
  },
};
const turn = () => new Promise(setImmediate);

async function directoryOf(bound: boolean) {
  const stopwatch = createStopwatch(
    () => nowMs,
    () => 0,
  );
  const making = createDirectory(store, bound ? { maxAgeMs: MAX_AGE_MS, stopwatch } : undefined);
  await turn();
  reads.shift()?.resolve(EMPTY);
  return making;
}

test('within the bound the catalogue is believed at once; beyond it look-ups wait for it to be read anew', async () => {
  const directory = await directoryOf(true);
  nowMs += MAX_AGE_MS;
  expect(directory.current()).toBeUndefined();
  nowMs += 1;
  const [one, other] = [directory.current(), directory.current()];
  await turn();
  expect(reads).toHaveLength(1);
  reads[0]!.resolve({ ...EMPTY, models: [{ id: 'mdl_1', name: 'new' } as never] });
  await one;
  await other;
  expect(directory.catalogue().models).toHaveLength(1);
  expect(directory.current()).toBeUndefined();
});

test('one that cannot be read refuses those that wait, and is asked for again by the next', async () => {
  const directory = await directoryOf(true);
  nowMs += MAX_AGE_MS + 1;
  const waiting = directory.current();
  await turn();
  reads[0]!.reject(new Fault('store_unavailable', 'away'));
  await expect(waiting).rejects.toMatchObject({ code: 'store_unavailable' });
  const again = directory.current();
  await turn();
  reads[1]!.resolve(EMPTY);
  await again;
});

test('its age is that of the read’s beginning, and who comes during a read waits for the next one', async () => {
  const directory = await directoryOf(true);
  const early = directory.reload();
  await turn();
  nowMs += MAX_AGE_MS + 1;
  const waiting = directory.current();
  reads[0]!.resolve(EMPTY);
  await early;
  await turn();
  expect(reads).toHaveLength(2);
  reads[1]!.resolve(EMPTY);
  await waiting;
});

test('where nobody else writes it is never too old', async () => {
  const directory = await directoryOf(false);
  nowMs += 1e9;
  expect(directory.current()).toBeUndefined();
});
