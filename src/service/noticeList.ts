import type { Caller } from '../core/caller.ts';
import type { Notice } from '../core/notice.ts';
import type { NoticeQuery, NoticeStore } from '../core/noticeStore.ts';
import type { Page, PageQuery } from '../core/ports.ts';
import type { Asked, FindReach } from './reach.ts';

/** Reading notices. A key of a project sees those of its project and its keys, and not the account's. */
export interface NoticeList {
  list(caller: Caller, filter: Asked, query: PageQuery & Pick<NoticeQuery, 'kind'>): Promise<Page<Notice>>;
}

export function createNoticeList(options: { notices: Pick<NoticeStore, 'list'>; findReach: FindReach }): NoticeList {
  const { notices, findReach } = options;
  return {
    async list(caller, filter, query) {
      const within = await findReach(caller, 'notices.read', filter);
      return notices.list({ ...query, ...within, ...(filter.keyId !== null && { keyId: filter.keyId }) });
    },
  };
}
