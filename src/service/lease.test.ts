import { beforeEach, describe, expect, test } from 'vitest';
import { createLease } from './lease.ts';
import { createStopwatch } from './stopwatch.ts';

const LEASE_MS = 1000;

let nowMs: number;
let reachable: boolean;
let steadyMs: number;
let swept: number;
let lost: number;
let renewed: number;

const limits = {
  renewLease: async () => {
    renewed += 1;
    if (!reachable) throw new Error('unreachable');
  },
  abandonLost: async () => {
    swept += 1;
    return 1;
  },
};

beforeEach(() => {
  nowMs = 1_000_000;
  reachable = true;
  steadyMs = 0;
  swept = 0;
  lost = 0;
  renewed = 0;
});

function leaseOf(shared = true) {
  const clock = () => nowMs;
  const stopwatch = createStopwatch(clock, () => steadyMs);
  const onLost = () => void (lost += 1);
  return createLease({ limits, nodeId: 'node_1', leaseMs: LEASE_MS, shared, clock, stopwatch, onLost });
}

describe('where nodes share a store', () => {
  test('a node judges others once it has held its own lease for a whole one', async () => {
    const lease = leaseOf();
    expect(await lease.sweep()).toBe(0);
    await lease.renew();
    expect(await lease.sweep()).toBe(0);
    for (let step = 0; step < 5; step += 1) {
      expect(await lease.sweep()).toBe(0);
      nowMs += LEASE_MS / 5;
      await lease.renew();
    }
    expect(await lease.sweep()).toBe(1);
    expect(swept).toBe(1);
  });

  test('one that was cut off begins anew: those that were cut off with it still have to say that they live', async () => {
    const lease = leaseOf();
    await lease.renew();
    for (let step = 0; step < 10; step += 1) {
      nowMs += LEASE_MS / 5;
      await lease.renew();
    }
    expect(await lease.sweep()).toBe(1);
    reachable = false;
    nowMs += LEASE_MS / 5;
    await expect(lease.renew()).rejects.toThrow('unreachable');
    reachable = true;
    nowMs += 10 * LEASE_MS;
    await lease.renew();
    expect(await lease.sweep()).toBe(0);
    nowMs += LEASE_MS - 1;
    await lease.renew();
    expect(await lease.sweep()).toBe(0);
    nowMs += 1;
    expect(await lease.sweep()).toBe(1);
  });

  test('one that is lost is regained by whoever needs it, in a new term, with one try for all who ask', async () => {
    const lease = leaseOf();
    await lease.renew();
    const first = lease.term();
    nowMs += 5 * 365 * 86_400_000;
    expect(lease.term()).toBeNull();
    const asked = await Promise.all([lease.regain(), lease.regain()]);
    expect(asked).toEqual([lease.term(), lease.term()]);
    expect(asked[0]).not.toBe(first);
    expect(renewed).toBe(2);
    expect(lost).toBe(1);
    reachable = false;
    nowMs += LEASE_MS;
    await expect(lease.regain()).rejects.toThrow('unreachable');
    expect(lease.term()).toBeNull();
  });

  test('one that has slept for longer than its lease begins anew, though nothing failed', async () => {
    const lease = leaseOf();
    await lease.renew();
    nowMs += LEASE_MS;
    expect(await lease.sweep()).toBe(1);
    nowMs += 3 * LEASE_MS;
    expect(await lease.sweep()).toBe(0);
    await lease.renew();
    expect(await lease.sweep()).toBe(0);
    nowMs += LEASE_MS;
    expect(await lease.sweep()).toBe(1);
  });
});

test('a process that owns its store alone judges at once: everybody else is dead', async () => {
  const lease = leaseOf(false);
  expect(await lease.sweep()).toBe(1);
});

describe('the term', () => {
  test('ends when the lease was not renewed in time, which is told once, and another begins with the next renewal', async () => {
    const lease = leaseOf();
    expect(lease.term()).toBeNull();
    await lease.renew();
    nowMs += LEASE_MS - 1;
    expect(lease.term()).toBe(1);
    await lease.renew();
    nowMs += LEASE_MS - 1;
    expect(lease.term()).toBe(1);
    nowMs += 1;
    expect([lease.term(), lease.term(), lost]).toEqual([null, null, 1]);
    await lease.renew();
    expect([lease.term(), lost]).toEqual([2, 1]);
  });

  test.each([
    ['the machine slept', () => (nowMs += LEASE_MS)],
    ['the clock was put back meanwhile', () => ((steadyMs += LEASE_MS), (nowMs -= LEASE_MS))],
  ])('ends though nobody asked before it was renewed: %s', async (_, pass) => {
    const lease = leaseOf();
    await lease.renew();
    pass();
    await lease.renew();
    expect([lease.term(), lost]).toEqual([2, 1]);
  });

  test('is counted from when a renewal was asked for, however late its answer comes', async () => {
    const lease = leaseOf();
    await lease.renew();
    nowMs += LEASE_MS / 2;
    const renewing = lease.renew();
    nowMs += LEASE_MS / 2 + 1;
    await renewing;
    nowMs += LEASE_MS / 2 - 1;
    expect(lease.term()).toBeNull();
  });

  test('never ends where the process owns its store alone', async () => {
    const lease = leaseOf(false);
    await lease.renew();
    nowMs += 100 * LEASE_MS;
    expect([lease.term(), lost]).toEqual([1, 0]);
  });
});
