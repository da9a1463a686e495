import { describe, expect, test } from 'vitest';
import {
  afterAttempt,
  isDelivered,
  PAUSE_AFTER_MS,
  pauseCause,
  RETRY_DELAYS_MS,
  signingSecrets,
  wants,
  type Attempt,
  type Webhook,
} from './webhook.ts';

const attempt = (status: number | null, atMs = 0): Attempt => ({
  atMs,
  status,
  error: status === null ? 'timed out' : null,
  durationMs: 10,
});

const webhook: Webhook = {
  id: 'whk_1',
  accountId: 'acc_1',
  url: 'https://a.example',
  events: null,
  status: 'active',
  pausedReason: null,
  pausedAtMs: null,
  failingSinceMs: null,
  secret: 'new',
  previousSecret: null,
  previousSecretUntilMs: null,
  createdAtMs: 0,
  updatedAtMs: 0,
};

describe('after an attempt', () => {
  test('each failure waits longer, within a fifth of the schedule, and the last one ends it, after three days', () => {
    for (const chance of [0, 0.5, 0.999]) {
      let attempts: readonly Attempt[] = [];
      let atMs = 0;
      for (const delayMs of RETRY_DELAYS_MS) {
        const after = afterAttempt(attempts, attempt(500, atMs), chance);
        expect(after.status).toBe('pending');
        expect(after.nextAttemptAtMs! - atMs - 10).toBeCloseTo(delayMs * (0.8 + 0.4 * chance), 0);
        [attempts, atMs] = [after.attempts, after.nextAttemptAtMs!];
      }
      const last = afterAttempt(attempts, attempt(null, atMs), chance);
      expect([last.status, last.nextAttemptAtMs, last.attempts.length]).toEqual([
        'failed',
        null,
        RETRY_DELAYS_MS.length + 1,
      ]);
      if (chance === 0.5) expect(atMs).toBeGreaterThan(PAUSE_AFTER_MS);
    }
  });

  test('a 2xx ends it, and nothing else does', () => {
    expect(afterAttempt([attempt(500)], attempt(204), 0)).toMatchObject({
      status: 'delivered',
      nextAttemptAtMs: null,
      attempts: { length: 2 },
    });
    expect([199, 200, 299, 300, 301, 404, 503, null].filter((status) => isDelivered({ status }))).toEqual([200, 299]);
  });

  test('a webhook is paused when it has failed for three days, or says that it is gone', () => {
    expect(pauseCause(0, attempt(500, PAUSE_AFTER_MS - 11))).toBeNull();
    expect(pauseCause(0, attempt(500, PAUSE_AFTER_MS - 10))).toBe('failing');
    expect(pauseCause(0, attempt(410))).toBe('gone');
  });
});

test('the secret before signs along until its time is over', () => {
  const rotated = { ...webhook, previousSecret: 'old', previousSecretUntilMs: 100 };
  expect([signingSecrets(webhook, 0), signingSecrets(rotated, 99), signingSecrets(rotated, 100)]).toEqual([
    ['new'],
    ['new', 'old'],
    ['new'],
  ]);
  expect(signingSecrets({ ...rotated, previousSecretUntilMs: null }, 0)).toEqual(['new']);
});

test('a webhook gets the kinds it named, or all, and none while it is paused', () => {
  expect(wants(webhook, 'key.expiry')).toBe(true);
  expect(wants({ ...webhook, events: ['limit.reached'] }, 'key.expiry')).toBe(false);
  expect(wants({ ...webhook, events: ['limit.reached'] }, 'limit.reached')).toBe(true);
  expect(wants({ ...webhook, status: 'paused' }, 'key.expiry')).toBe(false);
});
