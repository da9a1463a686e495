import { getMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createFinders } from './finders.ts';

/** Finders of whom `fails` says whether a try of a value fails; time passes when the test says so. */
function setting(fails: (value: string, tried: number) => boolean) {
  const tries: string[] = [];
  const waits: number[] = [];
  const given: [string, string | null][] = [];
  const signals: AbortSignal[] = [];
  const paused: (() => void)[] = [];
  const finders = createFinders({
    take: async ({ value }, onKey) => {
      tries.push(value);
      if (value !== 'unknown') onKey(`key_${value}`);
      if (fails(value, tries.filter((one) => one === value).length)) throw new Error('the store is away');
    },
    clock: () => 0,
    pause: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms);
        signals.push(signal);
        paused.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    report: (error, keyId) => given.push([(error as Error).message, keyId]),
  });
  const submit = (value: string) => finders.submit({ value, foundAt: null }, '192.0.2.1');
  const settle = () => setImmediate();
  const pass = async () => {
    await settle();
    paused.splice(0).forEach((resume) => resume());
    await settle();
  };
  return { finders, submit, pass, settle, tries, waits, signals, given };
}

test('A17 what fails is tried again after waits that grow over more than a minute, and given up with the id of its key', async () => {
  const { submit, pass, tries, waits, given } = setting(() => true);
  submit('a');
  for (let at = 0; at < 10; at++) await pass();
  expect(tries).toHaveLength(waits.length + 1);
  expect(waits.every((ms, at) => at === 0 || ms > waits[at - 1]!)).toBe(true);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(60_000);
  expect(given).toEqual([['the store is away', 'key_a']]);
});

test('A17 what waits for its next try holds nobody up, and is done once it can be', async () => {
  const { submit, pass, settle, tries, given } = setting((value, tried) => value === 'a' && tried < 3);
  submit('a');
  submit('b');
  await settle();
  expect(tries).toEqual(['a', 'b']);
  await pass();
  await pass();
  await pass();
  expect([tries, given]).toEqual([['a', 'b', 'a', 'a'], []]);
});

test('A17 at the stop what waits is tried once more, and given up aloud', async () => {
  const { finders, submit, settle, tries, given } = setting(() => true);
  submit('unknown');
  await settle();
  await finders.close();
  expect([tries, given]).toEqual([['unknown', 'unknown'], [['the store is away', null]]]);
});

test('A17 as many may wait as are taken in, without a warning of too many listeners', async () => {
  const { finders, submit, settle, signals } = setting(() => true);
  submit('a');
  await settle();
  expect(getMaxListeners(signals[0]!)).toBeGreaterThanOrEqual(1000);
  await finders.close();
});
