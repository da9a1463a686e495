import type { Clock } from './ambient.ts';
import type { Place } from './caller.ts';

/** What JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The fields of a thing that may be shown in the audit log, and no others. */
export type AuditFields = Readonly<Record<string, Json>>;

/** Who did it. `name` as it was then; `isOperator`: of the platform; so is the server itself. */
export interface AuditActor {
  readonly type: 'root' | 'key' | 'person' | 'system';
  readonly id: string;
  readonly name: string | null;
  readonly isOperator: boolean;
}

export interface AuditObject {
  readonly type: string;
  readonly id: string | null;
  readonly name: string | null;
}

/**
 * `done`: written in the transaction that made the change. `refused` and `failed` (of the server): nothing was changed.
 * `attempted`: begun outside of one transaction; another row of the same request says how it ended.
 */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed', 'attempted'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** What an event says of what happened; the rest ties it to the others. */
export interface AuditRecord extends Place {
  readonly id: string;
  readonly atMs: number;
  readonly actor: AuditActor;
  /** The client's; null where there is none, or it could not be told. */
  readonly address: string | null;
  /** `createKey`: the operation's id in the API. */
  readonly operation: string;
  readonly object: AuditObject;
  readonly outcome: AuditOutcome;
  /** Why it was refused or failed. */
  readonly code: string | null;
  readonly requestId: string | null;
  /** Of a change only the fields that differ; null: there was nothing before, or is nothing after. */
  readonly before: AuditFields | null;
  readonly after: AuditFields | null;
}

/** As it is handed to the log, which gives it its id where it has none. */
export type NewAuditRecord = Omit<AuditRecord, 'id'> & { readonly id?: string };

/** One row of the log. `seq` counts all rows, `accountSeq` those of its account, both from 1 without a gap. */
export interface AuditEvent extends AuditRecord {
  readonly seq: number;
  readonly accountSeq: number;
  /** The hash of the row before; `GENESIS` at the first. */
  readonly previous: string;
  /** HMAC-SHA-256 of `auditText`, base64url, under a key of the server secret. */
  readonly hash: string;
}

/** Who is at work, while the changes of one operation are made. */
export interface AuditBy {
  readonly actor: AuditActor;
  readonly address: string | null;
  readonly operation: string;
  readonly requestId: string | null;
  readonly clock: Clock;
  /** An account: only so many of its changes are made at once. Left out: of the actor’s. */
  readonly share?: string;
}

export const GENESIS = 'keyward';

/** What the hash of a row is taken of: every field in one order, so that one row has one text. */
export function auditText(row: Omit<AuditEvent, 'hash'>): string {
  const { actor, object } = row;
  return JSON.stringify([
    1,
    row.seq,
    row.accountSeq,
    row.previous,
    row.id,
    row.atMs,
    row.accountId,
    row.projectId,
    [actor.type, actor.id, actor.name, actor.isOperator],
    row.address,
    row.operation,
    [object.type, object.id, object.name],
    row.outcome,
    row.code,
    row.requestId,
    fieldsText(row.before),
    fieldsText(row.after),
  ]);
}

/** JSON with the members of objects in one order: how fields are stored and hashed. */
export function fieldsText(fields: AuditFields | null): string | null {
  return fields === null ? null : JSON.stringify(ordered(fields));
}

/** The record as it may be kept: what others wrote must not end a line, colour a terminal or turn the reading order. */
export function cleaned(record: AuditRecord): AuditRecord {
  const { actor, object } = record;
  return {
    ...record,
    actor: { ...actor, id: oneLine(actor.id), name: lineOrNull(actor.name) },
    object: { ...object, id: lineOrNull(object.id), name: lineOrNull(object.name) },
    address: lineOrNull(record.address),
    before: record.before && (printable(record.before) as AuditFields),
    after: record.after && (printable(record.after) as AuditFields),
  };
}

function ordered(value: Json): Json {
  if (isList(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]));
}

function printable(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll(UNPRINTABLE, '\ufffd');
  if (isList(value)) return value.map(printable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [oneLine(name), printable(member)]));
}

/** `Array.isArray` does not know read-only lists. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function oneLine(text: string): string {
  return text.replaceAll(UNPRINTABLE, '\ufffd').replaceAll(/[\t\n\r]/g, ' ');
}

function lineOrNull(text: string | null): string | null {
  return text === null ? null : oneLine(text);
}

/** As in names (core/key): controls but tab and line ends, halves of pairs, separators, marks that reorder text. */
const UNPRINTABLE = /[[\p{Cc}--[\t\n\r]]\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gv;
