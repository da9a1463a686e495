import type { Clock } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { Fault, invalidField } from '../core/fault.ts';
import type { Notice } from '../core/notice.ts';
import type { NoticeQuery, NoticeStore, Reader } from '../core/noticeStore.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { ProjectStore } from '../core/ports.ts';
import type { Asked, FindReach } from './reach.ts';

/** Reading notices. A key of a project sees those of its project and its keys, and not the account's. */
export interface NoticeList {
  list(caller: Caller, filter: Asked, query: PageQuery & Pick<NoticeQuery, 'kind'>): Promise<Page<Notice>>;
  /** How many the caller has not seen in one place, and in all of its account (null: not theirs to read), counted up to 100. */
  unread(caller: Caller, filter: Asked): Promise<{ readonly count: number; readonly ofAccount: number | null }>;
  /** The caller has seen all up to a moment in one place; not beyond now, whatever they say. */
  read(caller: Caller, filter: Asked, untilMs: number): Promise<void>;
}

const MOST_UNREAD = 100;
const NOTHING_ASKED = { accountId: null, projectId: null, keyId: null } as const;

export function createNoticeList(options: {
  notices: Pick<NoticeStore, 'list' | 'unread' | 'markRead'>;
  projects: Pick<ProjectStore, 'get'>;
  findReach: FindReach;
  clock: Clock;
}): NoticeList {
  const { notices, projects, findReach, clock } = options;

  /** A mark is of one place: whoever reaches several names one. */
  async function readerAt(caller: Caller, filter: Asked, pointer = '?accountId'): Promise<Reader> {
    const { accountId, projectId } = await findReach(caller, 'notices.read', filter);
    const project = projectId === null ? undefined : await projects.get(projectId);
    const at = project?.accountId ?? accountId;
    if (at === null) throw invalidField(pointer, 'Name an account by `accountId`, or a project by `projectId`.');
    return { readerId: caller.id, accountId: at, projectId };
  }

  return {
    async list(caller, filter, query) {
      const within = await findReach(caller, 'notices.read', filter);
      return notices.list({ ...query, ...within, ...(filter.keyId !== null && { keyId: filter.keyId }) });
    },
    async unread(caller, filter) {
      const reader = await readerAt(caller, filter);
      const count = await notices.unread(reader, MOST_UNREAD);
      if (reader.projectId === null) return { count, ofAccount: count };
      const whole = await readerAt(caller, { ...NOTHING_ASKED, accountId: reader.accountId }).catch(noneIfRefused);
      return { count, ofAccount: whole?.projectId === null ? await notices.unread(whole, MOST_UNREAD) : null };
    },
    async read(caller, filter, untilMs) {
      await notices.markRead(await readerAt(caller, filter, '/accountId'), Math.min(untilMs, clock()));
    },
  };
}

/** Somebody of one project only, or of several, does not read those of the account. */
function noneIfRefused(error: unknown): null {
  if (error instanceof Fault && ['forbidden', 'not_found', 'invalid_request'].includes(error.code)) return null;
  throw error;
}
