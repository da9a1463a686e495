import { sql, type SqlBool } from 'kysely';
import type { DueRotation, Notice } from '../core/notice.ts';
import type { Marked, NoticeStore } from '../core/noticeStore.ts';
import { wants } from '../core/webhook.ts';
import { codec, json, plain, type Column } from './columns.ts';
import type { Engine } from './engine.ts';
import { KEY } from './keyRow.ts';
import { createNoticeReads } from './noticeReads.ts';
import { newestFirst } from './page.ts';
import type { NoticesTable } from './noticeSchema.ts';
import { WEBHOOK } from './webhookRow.ts';

/** As core's rotationOccasion spells it. */
const ROTATION_MARK = sql`'rotation ' || secrets.id || ' ' || keys.rotate_every_days`;

/** Notices, and what there has been one of. */
export function createNotices(engine: Engine): NoticeStore {
  const { name, db, reports } = engine;
  return {
    async marked(occasions) {
      const found = new Set<string>();
      for (let at = 0; at < occasions.length; at += MOST_MARKS) {
        const rows = await db
          .selectFrom('notice_marks')
          .select('mark')
          .where((eb) =>
            eb(
              eb.refTuple('account_id', 'mark'),
              'in',
              occasions.slice(at, at + MOST_MARKS).map(({ accountId, mark }: Marked) => eb.tuple(accountId, mark)),
            ),
          )
          .execute();
        for (const { mark } of rows) found.add(mark);
      }
      return found;
    },

    async record({ notice, occasion, body }, newDeliveryId) {
      const { accountId, kind, createdAtMs } = notice;
      return db.transaction().execute(async (transaction) => {
        // The mark first: whoever comes second waits here until the first is through, and then finds it.
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('notice_marks')
          .values({ account_id: accountId, mark: occasion.mark, ends_at_ms: occasion.endsAtMs })
          .onConflict((conflict) => conflict.columns(['account_id', 'mark']).doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows !== 1n) return false;
        await transaction
          .insertInto('notices')
          .values(NOTICE.toRow(notice) as unknown as NoticesTable)
          .execute();
        const webhooks = await transaction
          .selectFrom('webhooks')
          .selectAll()
          .where('account_id', '=', accountId)
          .execute();
        for (const webhook of webhooks) {
          if (!wants(WEBHOOK.fromRow({ ...webhook }), kind)) continue;
          const delivery = { account_id: accountId, webhook_id: webhook.id, id: newDeliveryId(), event: kind, body };
          await transaction
            .insertInto('webhook_deliveries')
            .values({
              ...delivery,
              status: 'pending',
              attempts: '[]',
              next_attempt_at_ms: createdAtMs,
              created_at_ms: createdAtMs,
            })
            .execute();
        }
        return true;
      });
    },

    async list(query) {
      let select = reports.selectFrom('notices').selectAll();
      if (query.accountId !== null) select = select.where('account_id', '=', query.accountId);
      if (query.projectId !== null) select = select.where('project_id', '=', query.projectId);
      if (query.keyId !== undefined) select = select.where('subject_id', '=', query.keyId);
      if (query.kind !== undefined) select = select.where('kind', '=', query.kind);
      return newestFirst(query, select, (row) => NOTICE.fromRow({ ...row }));
    },

    ...createNoticeReads(engine),

    async expiring({ days, afterMs, untilMs, livesMs }, limit, after) {
      // As core's expiryOccasion spells it.
      const mark = sql`'expiry ' || keys.id || ' ' || keys.expires_at_ms || ${` ${days}`}`;
      let select = reports
        .selectFrom('keys')
        .selectAll()
        .where('expires_at_ms', '>', afterMs)
        .where('expires_at_ms', '<=', untilMs)
        .where('deleted_at_ms', 'is', null)
        .where('status', '=', 'active')
        // The end of a temporary key is what it is for.
        .where('class', '<>', 'temporary')
        .where(sql<SqlBool>`created_at_ms < expires_at_ms - ${livesMs}`)
        .where(
          sql<SqlBool>`not exists (select 1 from notice_marks m where m.account_id = keys.account_id and m.mark = ${mark})`,
        );
      if (after)
        select = select.where((eb) =>
          eb(eb.refTuple('expires_at_ms', 'id'), '>', eb.tuple(after.expiresAtMs, after.id)),
        );
      const rows = await select.orderBy('expires_at_ms').orderBy('id').limit(limit).execute();
      return rows.map((row) => KEY.fromRow({ ...row }));
    },

    async rotationsDue(nowMs, limit) {
      const rows = await reports
        .selectFrom('keys')
        .innerJoin('secrets', 'secrets.key_id', 'keys.id')
        .selectAll('keys')
        .select('secrets.id as secret_id')
        .where('keys.rotate_every_days', 'is not', null)
        .where('keys.deleted_at_ms', 'is', null)
        .where('keys.status', '=', 'active')
        .where('secrets.ends_at_ms', 'is', null)
        .where(sql<SqlBool>`secrets.created_at_ms + keys.rotate_every_days * 86400000 <= ${nowMs}`)
        .where(
          sql<SqlBool>`not exists (select 1 from notice_marks m where m.account_id = keys.account_id and m.mark = ${ROTATION_MARK})`,
        )
        .orderBy('secrets.created_at_ms')
        .limit(limit)
        .execute();
      return rows.flatMap((row): DueRotation[] => {
        const { secret_id: secretId, rotate_every_days: days } = row;
        return days === null ? [] : [{ key: KEY.fromRow({ ...row }), secretId, days }];
      });
    },

    async prune(beforeMs, most) {
      const notices = db.selectFrom('notices').select('id').where('created_at_ms', '<', beforeMs.notices).limit(most);
      await db
        .deleteFrom('notices')
        .where('id', 'in', name === 'postgres' ? notices.forUpdate().skipLocked() : notices)
        .execute();
      // Who read so far has read nothing that is still there.
      const reads = db
        .selectFrom('notice_reads')
        .select(['reader_id', 'place_id'])
        .where('until_ms', '<', beforeMs.notices)
        .limit(most);
      const old = name === 'postgres' ? reads.forUpdate().skipLocked() : reads;
      await db
        .deleteFrom('notice_reads')
        .where((eb) => eb(eb.refTuple('reader_id', 'place_id'), 'in', old.$asTuple('reader_id', 'place_id')))
        .execute();
      const marks = db
        .selectFrom('notice_marks')
        .select(['account_id', 'mark'])
        .where('ends_at_ms', '<', beforeMs.marks)
        .limit(most);
      const free = name === 'postgres' ? marks.forUpdate().skipLocked() : marks;
      await db
        .deleteFrom('notice_marks')
        .where((eb) => eb(eb.refTuple('account_id', 'mark'), 'in', free.$asTuple('account_id', 'mark')))
        .execute();
    },
  };
}

/** Most marks of one look. */
const MOST_MARKS = 200;

/** A whole number of any size, as a decimal. */
function whole(name: string): Column<bigint | null> {
  return {
    name,
    write: (value) => (value === null ? null : String(value)),
    read: (value) => (value === null ? null : BigInt(value)),
  };
}

const NOTICE = codec<Notice>({
  id: plain('id'),
  accountId: plain('account_id'),
  projectId: plain('project_id'),
  kind: plain('kind'),
  subjectType: plain('subject_type'),
  subjectId: plain('subject_id'),
  subjectName: plain('subject_name'),
  masked: plain('masked'),
  limitId: plain('limit_id'),
  unit: plain('unit'),
  window: json('limit_window'),
  threshold: plain('threshold'),
  used: whole('used'),
  amount: whole('amount'),
  expiresAtMs: plain('expires_at_ms'),
  details: json('details'),
  createdAtMs: plain('created_at_ms'),
  text: plain('words'),
});
