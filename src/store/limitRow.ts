import type { AppliedLimit, LimitWindow, SubjectType, Unit } from '../core/limit.ts';
import type { LimitTemplate, StoredLimit, SubjectRef } from '../core/limitStore.ts';
import { codec, plain } from './columns.ts';
import type { LimitsTable } from './schema.ts';

/** A limit's columns as they are read: the amount as text, because a JavaScript number would round it. */
export const LIMIT_COLUMNS =
  'account_id, id, subject_type, subject_id, unit, cast(amount as text) as amount, window_kind, window_ms, window_period, window_zone, since_ms, created_at_ms';

export interface LimitRow extends Omit<LimitsTable, 'amount'> {
  amount: string;
}

export function limitFromRow(row: LimitRow): StoredLimit {
  return {
    id: row.id,
    accountId: row.account_id,
    subject: { type: row.subject_type as SubjectRef['type'], id: row.subject_id },
    unit: row.unit as Unit,
    amount: BigInt(row.amount),
    window: windowFromRow(row),
    sinceMs: row.since_ms,
    createdAtMs: row.created_at_ms,
  };
}

export function limitToRow(limit: StoredLimit): LimitsTable {
  const { window } = limit;
  return {
    account_id: limit.accountId,
    id: limit.id,
    subject_type: limit.subject.type,
    subject_id: limit.subject.id,
    unit: limit.unit,
    amount: limit.amount,
    window_kind: window.kind,
    window_ms: 'windowMs' in window ? window.windowMs : 0,
    window_period: 'period' in window ? window.period : '',
    window_zone: 'timeZone' in window ? window.timeZone : '',
    since_ms: limit.sinceMs,
    created_at_ms: limit.createdAtMs,
  };
}

function windowFromRow(row: LimitRow): LimitWindow {
  const kind = row.window_kind as LimitWindow['kind'];
  switch (kind) {
    case 'session':
    case 'rolling':
      return { kind, windowMs: row.window_ms };
    case 'calendar':
      return { kind, period: row.window_period as 'day' | 'week' | 'month', timeZone: row.window_zone };
    case 'lifetime':
      return { kind };
  }
}

/** A limit as it counts for one subject. `sinceMs`: the last reset of that subject. */
export function applied(
  { id, unit, amount, window, sinceMs }: StoredLimit,
  subjectType: SubjectType,
  subjectId: string,
  subjectSinceMs = 0,
): AppliedLimit {
  return {
    limit: { id, unit, amount, window, sinceMs: Math.max(sinceMs, subjectSinceMs) },
    subjectType,
    subjectId,
  };
}

export const TEMPLATE = codec<LimitTemplate>({
  id: plain('id'),
  accountId: plain('account_id'),
  name: plain('name'),
  createdAtMs: plain('created_at_ms'),
});
