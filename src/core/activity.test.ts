import { describe, expect, test } from 'vitest';
import { isBurst, isUnusualAddress, spikeOf, type BusyHour, type NewAddress } from './activity.ts';

const DAY_MS = 86_400_000;
const hour = (fields: Partial<BusyHour> = {}): BusyHour => ({
  keyId: 'key_1',
  hourMs: 0,
  requests: 0,
  tokens: 0,
  hours: 24,
  mostRequests: 100,
  mostTokens: 100_000,
  ...fields,
});

describe('A18 what is unusual about the use of a key', () => {
  test('an hour is a spike beyond three times the busiest before it', () => {
    expect(spikeOf(hour({ requests: 300 }))).toBeNull();
    expect(spikeOf(hour({ requests: 301 }))).toEqual({ unit: 'requests', times: 3 });
    expect(spikeOf(hour({ tokens: 300_000 }))).toBeNull();
    expect(spikeOf(hour({ tokens: 1_000_000 }))).toEqual({ unit: 'tokens', times: 10 });
    expect(spikeOf(hour({ requests: 500, tokens: 1_000_000 }))?.unit).toBe('requests');
  });

  test('not of a key that is hardly used, nor of one without a history', () => {
    expect(spikeOf(hour({ requests: 99, mostRequests: 1 }))).toBeNull();
    expect(spikeOf(hour({ requests: 100, mostRequests: 1 }))).toEqual({ unit: 'requests', times: 100 });
    expect(spikeOf(hour({ tokens: 99_999, mostTokens: 0 }))).toBeNull();
    expect(spikeOf(hour({ tokens: 100_000, mostTokens: 0 }))).toEqual({ unit: 'tokens', times: 100_000 });
    expect(spikeOf(hour({ requests: 10_000, hours: 23 }))).toBeNull();
  });

  test('an address is unusual for a key that was known for a day, from few others', () => {
    const address = (fields: Partial<NewAddress> = {}): NewAddress => ({
      accountId: 'acc_1',
      keyId: 'key_1',
      address: '192.0.2.1',
      firstAtMs: DAY_MS,
      others: 1,
      knownSinceMs: 0,
      ...fields,
    });
    expect(isUnusualAddress(address())).toBe(true);
    expect(isUnusualAddress(address({ others: 20 }))).toBe(true);
    expect(isUnusualAddress(address({ others: 21 }))).toBe(false);
    expect(isUnusualAddress(address({ knownSinceMs: 1 }))).toBe(false);
    expect(isUnusualAddress(address({ others: 0, knownSinceMs: null }))).toBe(false);
  });

  test('refusals are a burst when there are many, and more than was let through', () => {
    const burst = (refused: number, requests: number) => isBurst({ keyId: 'key_1', refused, requests });
    expect([burst(50, 0), burst(49, 0), burst(50, 49), burst(50, 50)]).toEqual([true, false, true, false]);
  });
});
