import { beforeEach, describe, expect, test } from 'vitest';
import { createLease } from './lease.ts';

const LEASE_MS = 1000;

let nowMs: number;
let reachable: boolean;
let swept: number;

const limits = {
  renewLease: async () => {
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
  swept = 0;
});

describe('where nodes share a store', () => {
  const leaseOf = () => createLease({ limits, nodeId: 'node_1', leaseMs: LEASE_MS, shared: true, clock: () => nowMs });

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
  const lease = createLease({ limits, nodeId: 'node_1', leaseMs: LEASE_MS, shared: false, clock: () => nowMs });
  expect(await lease.sweep()).toBe(1);
});
