import type { AuditEvent } from './audit.ts';

/** The columns of the log as CSV. */
export const AUDIT_COLUMNS = [
  'seq',
  'accountSeq',
  'id',
  'at',
  'actorType',
  'actorId',
  'actorName',
  'address',
  'operation',
  'objectType',
  'objectId',
  'objectName',
  'accountId',
  'projectId',
  'outcome',
  'code',
  'requestId',
  'before',
  'after',
  'previous',
  'hash',
] as const;

/** An event as a line of CSV (RFC 4180), without its end. */
export function csvLine(event: AuditEvent): string {
  const { actor, object } = event;
  const cells: Record<(typeof AUDIT_COLUMNS)[number], string | number | null> = {
    seq: event.seq,
    accountSeq: event.accountSeq,
    id: event.id,
    at: new Date(event.atMs).toISOString(),
    actorType: actor.type,
    actorId: actor.id,
    actorName: actor.name,
    address: event.address,
    operation: event.operation,
    objectType: object.type,
    objectId: object.id,
    objectName: object.name,
    accountId: event.accountId,
    projectId: event.projectId,
    outcome: event.outcome,
    code: event.code,
    requestId: event.requestId,
    before: event.before && JSON.stringify(event.before),
    after: event.after && JSON.stringify(event.after),
    previous: event.previous,
    hash: event.hash,
  };
  return AUDIT_COLUMNS.map((name) => csvCell(cells[name])).join(',');
}

/**
 * What a spreadsheet would take for a formula, in full width and behind blanks too, is led by an apostrophe (OWASP, CSV
 * injection); quoted where CSV asks for it.
 */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = (FORMULA.test(value) ? `'${value}` : value).replaceAll(INNER, ";'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Spreadsheets drop blanks and what cannot be seen before they look; a tab or an end of line can begin a cell of its own. */
const FORMULA = /^[\s\p{C}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** Where cells are apart by semicolons, as in much of Europe, what follows one begins a cell, quoted or not. */
const INNER = /;(?=[\s\p{C}]*[=+\-@＝＋－＠])/gu;
