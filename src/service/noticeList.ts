import { reaches, type Caller } from '../core/caller.ts';
import { notFound } from '../core/fault.ts';
import type { Notice } from '../core/notice.ts';
import type { NoticeStore } from '../core/noticeStore.ts';
import type { KeyStore, Page, PageQuery, ProjectStore } from '../core/ports.ts';

/** What is asked about: null means all that the caller reaches. */
export interface NoticeFilter {
  readonly accountId: string | null;
  readonly projectId: string | null;
  readonly keyId: string | null;
}

/** Reading notices. A key of a project sees those of its project and its keys, and not the account's. */
export interface NoticeList {
  list(caller: Caller, filter: NoticeFilter, query: PageQuery): Promise<Page<Notice>>;
}

export function createNoticeList(options: {
  notices: Pick<NoticeStore, 'list'>;
  keys: Pick<KeyStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
}): NoticeList {
  const { notices, keys, projects } = options;
  return {
    async list(caller, { accountId, projectId, keyId }, query) {
      if (accountId !== null && caller.accountId !== null && accountId !== caller.accountId)
        throw notFound('account', accountId);
      if (projectId !== null) {
        const project = await projects.get(projectId);
        if (!project || !reaches(caller, { accountId: project.accountId, projectId }))
          throw notFound('project', projectId);
      }
      if (keyId !== null) {
        // Deleted keys are found too: their history stays.
        const key = await keys.get(keyId);
        if (!key || !reaches(caller, key)) throw notFound('key', keyId);
      }
      const within = { accountId: caller.accountId ?? accountId, projectId: caller.projectId ?? projectId };
      return notices.list({ ...query, ...within, ...(keyId !== null && { keyId }) });
    },
  };
}
