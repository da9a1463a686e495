import type { Caller } from '../core/caller.ts';
import { invalidField } from '../core/fault.ts';
import type { Notice } from '../core/notice.ts';
import type { NoticeQuery, NoticeStore, Reader } from '../core/noticeStore.ts';
import type { Clock, Page, PageQuery, ProjectStore } from '../core/ports.ts';
import type { Asked, FindReach } from './reach.ts';

/** Reading notices. A key of a project sees those of its project and its keys, and not the account's. */
export interface NoticeList {
  list(caller: Caller, filter: Asked, query: PageQuery & Pick<NoticeQuery, 'kind'>): Promise<Page<Notice>>;
  /** How many the caller has not seen in one place, counted up to 100. */
  unread(caller: Caller, filter: Asked): Promise<number>;
  /** The caller has seen all up to a moment in one place; not beyond now, whatever they say. */
  read(caller: Caller, filter: Asked, untilMs: number): Promise<void>;
}

const MOST_UNREAD = 100;

export function createNoticeList(options: {
  notices: Pick<NoticeStore, 'list' | 'unread' | 'markRead'>;
  projects: Pick<ProjectStore, 'get'>;
  findReach: FindReach;
  clock: Clock;
}): NoticeList {
  const { notices, projects, findReach, clock } = options;

  /** A mark is of one place: whoever reaches several names one. */
  async function readerAt(caller: Caller, filter: Asked): Promise<Reader> {
    const { accountId, projectId } = await findReach(caller, 'notices.read', filter);
    const project = projectId === null ? undefined : await projects.get(projectId);
    const at = project?.accountId ?? accountId;
    if (at === null) throw invalidField('?accountId', 'Name an account by `accountId`, or a project by `projectId`.');
    return { readerId: caller.id, accountId: at, projectId };
  }

  return {
    async list(caller, filter, query) {
      const within = await findReach(caller, 'notices.read', filter);
      return notices.list({ ...query, ...within, ...(filter.keyId !== null && { keyId: filter.keyId }) });
    },
    async unread(caller, filter) {
      return notices.unread(await readerAt(caller, filter), MOST_UNREAD);
    },
    async read(caller, filter, untilMs) {
      await notices.markRead(await readerAt(caller, filter), Math.min(untilMs, clock()));
    },
  };
}
