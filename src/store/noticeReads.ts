import { sql } from 'kysely';
import type { NoticeStore, Reader } from '../core/noticeStore.ts';
import type { Engine } from './engine.ts';

/** How far people, and management keys, have read the notices of accounts and projects. */
export function createNoticeReads({ db, reports }: Engine): Pick<NoticeStore, 'unread' | 'markRead'> {
  const placesOf = ({ accountId, projectId }: Reader) => (projectId === null ? [accountId] : [accountId, projectId]);
  return {
    async unread(reader, most) {
      const { readerId, accountId, projectId } = reader;
      const marks = await reports
        .selectFrom('notice_reads')
        .select('until_ms')
        .where('reader_id', '=', readerId)
        .where('place_id', 'in', placesOf(reader))
        .execute();
      let unread = reports
        .selectFrom('notices')
        .select('id')
        .where('account_id', '=', accountId)
        .where('created_at_ms', '>', Math.max(0, ...marks.map(({ until_ms }) => until_ms)));
      if (projectId !== null) unread = unread.where('project_id', '=', projectId);
      // What was read in a project was read in its account.
      else
        unread = unread.where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('notice_reads')
                .select('place_id')
                .where('reader_id', '=', readerId)
                .whereRef('place_id', '=', 'notices.project_id')
                .whereRef('until_ms', '>=', 'notices.created_at_ms'),
            ),
          ),
        );
      return (await unread.limit(most).execute()).length;
    },

    async markRead({ readerId, accountId, projectId }, untilMs) {
      await db
        .insertInto('notice_reads')
        .values({ reader_id: readerId, place_id: projectId ?? accountId, until_ms: untilMs })
        .onConflict((conflict) =>
          conflict
            .columns(['reader_id', 'place_id'])
            .doUpdateSet({ until_ms: sql`excluded.until_ms` })
            .whereRef('notice_reads.until_ms', '<', sql`excluded.until_ms`),
        )
        .execute();
    },
  };
}
