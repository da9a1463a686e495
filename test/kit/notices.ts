import { idMaker } from '../../src/core/id.ts';
import type { Limit, LimitState, SubjectType } from '../../src/core/limit.ts';
import type { Notice } from '../../src/core/notice.ts';
import type { Store } from '../../src/core/ports.ts';
import type { Delivery, Webhook } from '../../src/core/webhook.ts';
import { createNotices, type Notices } from '../../src/service/notices.ts';
import { newId } from './stores.ts';
import { randomBytes } from 'node:crypto';

export const DAY_MS = 86_400_000;
export const NOW_MS = Date.parse('2026-03-01T12:00:00Z');

/** Where a lifetime limit of 100 tokens stands, unless said otherwise. */
export function stateAt(
  subject: { readonly type: SubjectType; readonly id: string },
  used: bigint,
  limit: Partial<Limit> = {},
  freesAtMs: number | null = null,
): LimitState {
  const whole: Limit = {
    id: 'lim_1',
    unit: 'tokens',
    amount: 100n,
    window: { kind: 'lifetime' },
    sinceMs: 5,
    ...limit,
  };
  const applied = { limit: whole, subjectType: subject.type, subjectId: subject.id };
  return { applied, used, reserved: 0n, remaining: 0n, freesAtMs };
}

/** Notices over a store as a node of its own has them: with a memory of its own. */
export function noticesOver(store: Store, options: { nowMs?: number; onRecorded?: () => void } = {}): Notices {
  const { nowMs = NOW_MS, ...rest } = options;
  return createNotices({ ...store, clock: () => nowMs, newId: idMaker(randomBytes, Date.now), ...rest });
}

export function noticeIn(accountId: string, fields: Partial<Notice> = {}): Notice {
  return {
    id: newId('ntc'),
    accountId,
    projectId: null,
    kind: 'limit.reached',
    subjectType: 'key',
    subjectId: 'key_1',
    subjectName: '密钥 "a"',
    masked: 'kw_Ab***wxyz',
    limitId: 'lim_1',
    unit: 'cost',
    window: { kind: 'calendar', period: 'month', timeZone: 'Asia/Shanghai' },
    threshold: 80,
    used: 9_007_199_254_740_993n,
    amount: 0n,
    expiresAtMs: null,
    details: null,
    createdAtMs: NOW_MS,
    text: 'One line.',
    ...fields,
  };
}

export function webhookIn(accountId: string, fields: Partial<Webhook> = {}): Webhook {
  return {
    id: newId('whk'),
    accountId,
    url: 'https://hooks.example/keyward',
    events: null,
    status: 'active',
    pausedReason: null,
    pausedAtMs: null,
    failingSinceMs: null,
    secret: `whsec_${Buffer.from(newId('s')).toString('base64')}`,
    previousSecret: null,
    previousSecretUntilMs: null,
    createdAtMs: NOW_MS,
    updatedAtMs: NOW_MS,
    ...fields,
  };
}

export function deliveryTo(webhook: Webhook, fields: Partial<Delivery> = {}): Delivery {
  return {
    id: newId('msg'),
    accountId: webhook.accountId,
    webhookId: webhook.id,
    event: 'key.expiry',
    body: '{"type":"key.expiry"}',
    status: 'pending',
    attempts: [],
    nextAttemptAtMs: NOW_MS,
    createdAtMs: NOW_MS,
    ...fields,
  };
}
