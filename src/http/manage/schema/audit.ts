import { z } from 'zod';
import { AUDIT_OUTCOMES, type AuditEvent } from '../../../core/audit.ts';
import type { AuditCheck } from '../../../core/auditChain.ts';
import { momentIn, momentOut, pageQuery, toMoment } from './fields.ts';

const text = (description: string) => z.string().min(1).max(200).exactOptional().describe(description);

const filters = {
  accountId: text('Of this account, its projects included. Left out: all that the caller reaches.'),
  projectId: text('Of this project and what is in it.'),
  actorId: text('Done by this caller: `root`, or the id of a management key or a person.'),
  objectType: text('Done to things of this kind, like `key`.'),
  objectId: text('Done to this thing. Deleted ones too: their history stays.'),
  operation: text('The operation’s name in this description, like `createKey`.'),
  outcome: z.enum(AUDIT_OUTCOMES).exactOptional(),
  from: momentIn.exactOptional().describe('Start, with its zone.'),
  to: momentIn.exactOptional().describe('End, not included.'),
};

export const auditListQuery = z.strictObject({ ...filters, ...pageQuery });

export const auditExportQuery = z.strictObject({
  format: z.enum(['csv', 'jsonl']).describe('`csv` for spreadsheets, `jsonl` for programs: one event a line.'),
  ...filters,
});

const fieldsOut = z.record(z.string(), z.unknown()).nullable();

export const auditEventOut = z
  .object({
    id: z.string().meta({ examples: ['aud_2vM8dKq0XzYw5LhR7Tcp'] }),
    seq: z.int().describe('Its place among all events, without a gap.'),
    accountSeq: z.int().describe('Its place among those of its account, without a gap.'),
    at: momentOut,
    actor: z
      .object({
        type: z.enum(['root', 'key', 'person', 'system']),
        id: z.string(),
        name: z.string().nullable(),
        isOperator: z.boolean(),
      })
      .describe('Who did it, by the name it had then.'),
    address: z.string().nullable().describe('The client’s. Of the operator shown to the operator only.'),
    operation: z.string().describe('As this description names it.'),
    object: z
      .object({ type: z.string(), id: z.string().nullable(), name: z.string().nullable() })
      .describe('What it was done to, by the name it had then; a limit by the name of what it is set on.'),
    accountId: z.string(),
    projectId: z.string().nullable().describe('Null: of the account as a whole.'),
    outcome: z
      .enum(AUDIT_OUTCOMES)
      .describe(
        '`done`: written in one step with the change. `refused`, `failed`: nothing was changed. `attempted`: begun; another event of the same request says how it ended.',
      ),
    code: z.string().nullable().describe('Why it was refused or failed.'),
    requestId: z.string().nullable(),
    before: fieldsOut.describe(
      'Of a change the fields that differ, and of a limit those that tell which it is; never a secret. Null: there was nothing.',
    ),
    after: fieldsOut.describe('The same afterwards. Null: there is nothing any more.'),
    previous: z.string().describe('The hash of the event before it.'),
    hash: z.string().describe('Over all of the above, under a key of the server.'),
  })
  .meta({ id: 'AuditEvent' });

export function toAuditEventOut({ atMs, ...event }: AuditEvent): z.output<typeof auditEventOut> {
  return { ...event, at: toMoment(atMs) };
}

export const auditCheckOut = z.object({
  ok: z.boolean(),
  events: z.int().nullable().describe('How many there are; null where the log is broken.'),
  head: z
    .object({ seq: z.int(), hash: z.string() })
    .nullable()
    .describe('Where it ends. Kept elsewhere, it shows later that nothing before it was cut off.'),
  brokenSeq: z.int().nullable().describe('The first event that is not as it was written.'),
  problem: z
    .enum(['missing', 'changed', 'unlinked', 'truncated', 'head'])
    .nullable()
    .describe(
      '`missing`: events were removed. `changed`: it says something else, or this server did not write it. `unlinked`: it does not follow the one before. `truncated`: the last ones are gone. `head`: the note of the end was tampered with.',
    ),
});

export function toAuditCheckOut(check: AuditCheck): z.output<typeof auditCheckOut> {
  return check.ok
    ? { ok: true, events: check.events, head: check.head, brokenSeq: null, problem: null }
    : { ok: false, events: null, head: null, brokenSeq: check.seq, problem: check.problem };
}
