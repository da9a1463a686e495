import type { Account, Project } from '../core/account.ts';
import type { Key } from '../core/key.ts';
import type { LimitState } from '../core/limit.ts';
import type { DueRotation, ExpiryDays, Notice, NoticeKind, Occasion, Percent, Unusual } from '../core/notice.ts';
import type { NoticeEntry } from '../core/noticeStore.ts';
import {
  expiryText,
  leakText,
  limitText,
  noticeJson,
  pausedText,
  rotationText,
  unusualText,
} from '../core/noticeText.ts';
import { PAUSE_REASONS, type PauseCause } from '../core/pauseCause.ts';
import type { Webhook } from '../core/webhook.ts';

/** What a notice is about. */
export type NoticeSubject = Pick<
  Notice,
  'accountId' | 'projectId' | 'subjectType' | 'subjectId' | 'subjectName' | 'masked'
>;

export function keySubject({ id, accountId, projectId, name, masked }: Key): NoticeSubject {
  return { accountId, projectId, subjectType: 'key', subjectId: id, subjectName: name, masked };
}

export function projectSubject({ id, accountId, name }: Project): NoticeSubject {
  return { accountId, projectId: id, subjectType: 'project', subjectId: id, subjectName: name, masked: null };
}

export function accountSubject({ id, name }: Account): NoticeSubject {
  return { accountId: id, projectId: null, subjectType: 'account', subjectId: id, subjectName: name, masked: null };
}

/** A limit that has come to a threshold, as it stood at that time. */
export function limitNotice(
  id: string,
  subject: NoticeSubject,
  state: LimitState,
  percent: Percent,
  atMs: number,
): Notice {
  const { id: limitId, unit, window, amount } = state.applied.limit;
  return {
    ...NOTHING,
    ...subject,
    id,
    kind: 'limit.reached',
    limitId,
    unit,
    window,
    amount,
    threshold: percent,
    used: state.used,
    createdAtMs: atMs,
    text: limitText(subject, state, percent),
  };
}

/** A key that will expire, or has. */
export function expiryNotice(id: string, key: Key, expiresAtMs: number, days: ExpiryDays, nowMs: number): Notice {
  const subject = keySubject(key);
  const text = expiryText(subject, expiresAtMs, nowMs);
  return { ...NOTHING, ...subject, id, kind: 'key.expiry', threshold: days, expiresAtMs, createdAtMs: nowMs, text };
}

/** A value that has grown older than it should. */
export function rotationNotice(id: string, { key, days }: DueRotation, nowMs: number): Notice {
  const subject = keySubject(key);
  const text = rotationText(subject, days);
  return { ...NOTHING, ...subject, id, kind: 'key.rotation', threshold: days, createdAtMs: nowMs, text };
}

/** A key whose value was found where it should not be. */
export function leakNotice(id: string, key: Key, isDisabled: boolean, nowMs: number): Notice {
  const subject = keySubject(key);
  const disabled = isDisabled || key.status === 'disabled';
  const text = leakText(subject, disabled);
  return { ...NOTHING, ...subject, id, kind: 'key.leaked', details: { disabled }, createdAtMs: nowMs, text };
}

/** A key that is used otherwise than before. */
export function keyNotice(id: string, key: Key, kind: NoticeKind, details: Unusual, nowMs: number): Notice {
  const subject = keySubject(key);
  return { ...NOTHING, ...subject, id, kind, details, createdAtMs: nowMs, text: unusualText(subject, details) };
}

/** A notice as it is stored and sent. */
export function noticeEntry(notice: Notice, occasion: Occasion): NoticeEntry {
  const event = { type: notice.kind, timestamp: new Date(notice.createdAtMs).toISOString(), data: noticeJson(notice) };
  return { notice, occasion, body: JSON.stringify(event) };
}

/** A webhook that was paused by us. It is named without path and query: in many services they are the credential. */
export function pausedNotice(id: string, webhook: Webhook, cause: PauseCause, atMs: number): Notice {
  const subject: NoticeSubject = {
    accountId: webhook.accountId,
    projectId: null,
    subjectType: 'webhook',
    subjectId: webhook.id,
    subjectName: URL.parse(webhook.url)?.origin ?? '',
    masked: null,
  };
  const text = pausedText(subject, PAUSE_REASONS[cause]);
  return { ...NOTHING, ...subject, id, kind: 'webhook.paused', details: { cause }, createdAtMs: atMs, text };
}

const NOTHING = {
  limitId: null,
  unit: null,
  window: null,
  threshold: null,
  used: null,
  amount: null,
  expiresAtMs: null,
  details: null,
};
