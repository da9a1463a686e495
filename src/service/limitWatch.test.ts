import { expect, test } from 'vitest';
import type { LimitState } from '../core/limit.ts';
import { createLimitWatch } from './limitWatch.ts';

const PLACE = { accountId: 'acc_1', projectId: 'prj_1', keyId: 'key_1' };
const state = (used: bigint): LimitState => ({ used }) as LimitState;

function setUp() {
  const seen: bigint[] = [];
  const asked: string[] = [];
  const watch = createLimitWatch({
    limits: {
      statesOf: async ({ keyId }) => {
        asked.push(keyId);
        return [state(100n)];
      },
    },
    observe: (states) => void seen.push(...states.map(({ used }) => used)),
    clock: () => 5,
  });
  return { watch, seen, asked };
}

test('A15 the call that crosses a threshold is seen after it has settled, without another call', async () => {
  const { watch, seen } = setUp();
  watch.decided(PLACE, [state(40n)]);
  watch.settled(PLACE);
  watch.settled(PLACE);
  await watch.flush();
  await watch.flush();
  expect(seen).toEqual([40n, 100n]);
});

test('a key without limits costs no look-up', async () => {
  const { watch, asked } = setUp();
  watch.decided(PLACE, []);
  watch.settled(PLACE);
  await watch.flush();
  expect(asked).toEqual([]);
});

test('one flush looks at 50 keys at most, and the rest are looked at later', async () => {
  const { watch, asked } = setUp();
  for (let at = 0; at < 70; at++) {
    const place = { ...PLACE, keyId: `key_${at}` };
    watch.decided(place, [state(1n)]);
    watch.settled(place);
  }
  await watch.flush();
  expect(asked).toHaveLength(50);
  await watch.flush();
  expect(new Set(asked).size).toBe(70);
});
