import { fieldsText, type AuditEvent, type AuditFields } from '../core/audit.ts';
import type { AuditEventsTable } from './auditSchema.ts';

/** An audit event as a row. */
export const AUDIT_EVENT = {
  toRow(event: AuditEvent): AuditEventsTable {
    const { actor, object } = event;
    return {
      account_id: event.accountId,
      project_id: event.projectId,
      seq: event.seq,
      account_seq: event.accountSeq,
      id: event.id,
      at_ms: event.atMs,
      actor_type: actor.type,
      actor_id: actor.id,
      actor_name: actor.name,
      actor_operator: actor.isOperator ? 1 : 0,
      address: event.address,
      operation: event.operation,
      object_type: object.type,
      object_id: object.id,
      object_name: object.name,
      outcome: event.outcome,
      code: event.code,
      request_id: event.requestId,
      before_fields: fieldsText(event.before),
      after_fields: fieldsText(event.after),
      previous_hash: event.previous,
      hash: event.hash,
    };
  },

  fromRow(row: AuditEventsTable): AuditEvent {
    return {
      accountId: row.account_id,
      projectId: row.project_id,
      seq: row.seq,
      accountSeq: row.account_seq,
      id: row.id,
      atMs: row.at_ms,
      actor: {
        type: row.actor_type as AuditEvent['actor']['type'],
        id: row.actor_id,
        name: row.actor_name,
        isOperator: row.actor_operator === 1,
      },
      address: row.address,
      operation: row.operation,
      object: { type: row.object_type, id: row.object_id, name: row.object_name },
      outcome: row.outcome as AuditEvent['outcome'],
      code: row.code,
      requestId: row.request_id,
      before: fieldsFrom(row.before_fields),
      after: fieldsFrom(row.after_fields),
      previous: row.previous_hash,
      hash: row.hash,
    };
  },
};

/** Somebody may have put anything there: what is no JSON is shown as it is, and found not to be genuine. */
function fieldsFrom(text: string | null): AuditFields | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as AuditFields;
  } catch {
    return { unreadable: text };
  }
}
