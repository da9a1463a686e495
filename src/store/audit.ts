import { randomBytes } from 'node:crypto';
import type { Kysely, SelectQueryBuilder } from 'kysely';
import { auditText, cleaned, GENESIS, type AuditEvent, type NewAuditRecord } from '../core/audit.ts';
import { createChainWalk, type AuditHead } from '../core/auditChain.ts';
import type { AuditFilter, AuditStore } from '../core/auditStore.ts';
import { idMaker } from '../core/id.ts';
import { AUDIT_EVENT } from './auditRow.ts';
import type { Cipher } from './cipher.ts';
import type { Engine } from './engine.ts';
import { pageOf, positionOf } from './page.ts';
import type { Tables } from './schema.ts';

/** The audit log: one chain of rows, and in `meta` a signed note of where it ends. */
export function createAudit(
  { name, edits, reports }: Pick<Engine, 'name' | 'edits' | 'reports'>,
  { mac }: Pick<Cipher, 'mac'>,
): Omit<AuditStore, 'during'> & {
  readonly appendIn: (transaction: Kysely<Tables>, record: NewAuditRecord) => Promise<void>;
} {
  function noteOf({ seq, hash }: AuditHead): string {
    return `${seq} ${hash} ${mac(`head ${seq} ${hash}`)}`;
  }

  /** Null: there is no note, or it is not ours. */
  function headOf(note: string | undefined): AuditHead | null {
    const [seq = '', hash = ''] = note?.split(' ') ?? [];
    const head = { seq: Number(seq), hash };
    return note !== undefined && note === noteOf(head) ? head : null;
  }

  /** Where the next row follows, locked until the transaction ends: rows are written one after the other. */
  async function lockHead(transaction: Kysely<Tables>): Promise<AuditHead> {
    const read = async (): Promise<string | undefined> => {
      const select = transaction.selectFrom('meta').select('value').where('name', '=', HEAD);
      return (await (name === 'postgres' ? select.forUpdate() : select).executeTakeFirst())?.value;
    };
    let note = await read();
    if (note === undefined) {
      await transaction
        .insertInto('meta')
        .values({ name: HEAD, value: noteOf({ seq: 0, hash: GENESIS }) })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute();
      note = await read();
    }
    const head = headOf(note);
    const lastSeq = await newest(transaction);
    if (head?.seq === lastSeq) return head;
    // Somebody has tampered. What happens now is recorded all the same, and the break stays visible for good.
    return { seq: Math.max(lastSeq, head?.seq ?? 0), hash: 'broken' };
  }

  async function appendIn(transaction: Kysely<Tables>, record: NewAuditRecord): Promise<void> {
    const head = await lockHead(transaction);
    const { last } = await transaction
      .selectFrom('audit_events')
      .select(({ fn }) => fn.max('account_seq').as('last'))
      .where('account_id', '=', record.accountId)
      .executeTakeFirstOrThrow();
    const row = {
      ...cleaned({ ...record, id: record.id ?? newId('aud') }),
      seq: head.seq + 1,
      accountSeq: (last ?? 0) + 1,
      previous: head.hash,
    };
    const event: AuditEvent = { ...row, hash: mac(auditText(row)) };
    await transaction.insertInto('audit_events').values(AUDIT_EVENT.toRow(event)).execute();
    await transaction
      .updateTable('meta')
      .set({ value: noteOf(event) })
      .where('name', '=', HEAD)
      .execute();
  }

  async function pageAfter(seq: number): Promise<AuditEvent[]> {
    const rows = await reports
      .selectFrom('audit_events')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    return rows.map((row) => AUDIT_EVENT.fromRow(row));
  }

  return {
    appendIn,

    append: (record) => edits.transaction().execute((transaction) => appendIn(transaction, record)),

    async get(id) {
      const row = await reports.selectFrom('audit_events').selectAll().where('id', '=', id).executeTakeFirst();
      return row && AUDIT_EVENT.fromRow(row);
    },

    async list(query) {
      const after = positionOf(query, ['number']) as [number] | undefined;
      let select = filtered(reports, query);
      if (after) select = select.where('seq', '<', after[0]);
      const rows = await select
        .selectAll()
        .orderBy('seq', 'desc')
        .limit(query.limit + 1)
        .execute();
      return pageOf(
        query,
        rows,
        (row) => AUDIT_EVENT.fromRow(row),
        (row) => [row.seq],
      );
    },

    async after(filter, seq, untilSeq, most) {
      const rows = await filtered(reports, filter)
        .selectAll()
        .where('seq', '>', seq)
        .where('seq', '<=', untilSeq)
        .orderBy('seq')
        .limit(most)
        .execute();
      return rows.map((row) => AUDIT_EVENT.fromRow(row));
    },

    lastSeq: () => newest(reports),

    async verify() {
      const walk = createChainWalk();
      for (;;) {
        for (let events = await pageAfter(walk.last.seq); events.length > 0; events = await pageAfter(walk.last.seq)) {
          for (const event of events) {
            const broken = walk.follow({ ...event, genuine: mac(auditText(event)) === event.hash });
            if (broken) return broken;
          }
        }
        // Rows and note are committed together, so a note read after the last row is that of it, or of a later one.
        const row = await reports.selectFrom('meta').select('value').where('name', '=', HEAD).executeTakeFirst();
        const head = headOf(row?.value);
        const isBehind = head !== null && head.seq > walk.last.seq && (await pageAfter(walk.last.seq)).length > 0;
        if (!isBehind) return walk.end(head);
      }
    },
  };
}

const newId = idMaker(randomBytes, Date.now);
const HEAD = 'audit.head';
/** Rows read at a time. */
const PAGE = 500;

async function newest(db: Kysely<Tables>): Promise<number> {
  const { last } = await db
    .selectFrom('audit_events')
    .select(({ fn }) => fn.max('seq').as('last'))
    .executeTakeFirstOrThrow();
  return last ?? 0;
}

type Select = SelectQueryBuilder<Tables, 'audit_events', Record<never, never>>;

function filtered(db: Kysely<Tables>, filter: AuditFilter): Select {
  let select: Select = db.selectFrom('audit_events');
  const { accountId, projectId, fromMs, toMs } = filter;
  if (accountId !== null) select = select.where('account_id', '=', accountId);
  if (projectId !== null) select = select.where('project_id', '=', projectId);
  if (filter.actorId !== undefined) select = select.where('actor_id', '=', filter.actorId);
  if (filter.objectType !== undefined) select = select.where('object_type', '=', filter.objectType);
  if (filter.objectId !== undefined) select = select.where('object_id', '=', filter.objectId);
  if (filter.operation !== undefined) select = select.where('operation', '=', filter.operation);
  if (filter.outcome !== undefined) select = select.where('outcome', '=', filter.outcome);
  if (fromMs !== undefined) select = select.where('at_ms', '>=', fromMs);
  if (toMs !== undefined) select = select.where('at_ms', '<', toMs);
  return select;
}
