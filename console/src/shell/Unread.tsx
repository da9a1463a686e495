import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { unreadQuery } from '../api/queries.ts';
import { useAccountHere, useMayInAccount, useMayInProject, useProjectHere } from './here.ts';

/** The server counts no further. */
const MOST = 100;

/** How many notices came since one last looked, beside the way to them; nothing where there are none. */
export function UnreadCount({ count }: { count: number }) {
  const { t } = useTranslation();
  if (count === 0) return null;
  return (
    <span className="unread" title={t('shell.unread', { count })}>
      {count < MOST ? count : `${MOST - 1}+`}
      <span className="unseen"> {t('shell.new')}</span>
    </span>
  );
}

/** How many notices are new of the project one is at, and of its account; undefined: unknown, or not theirs to see. */
export function useUnread(): { readonly project: number | undefined; readonly account: number | undefined } {
  const projectId = useProjectHere();
  const accountId = useAccountHere();
  const mayInProject = useMayInProject(projectId);
  const mayInAccount = useMayInAccount(accountId);
  // At a project one answer has both.
  const inProject = useQuery({
    ...unreadQuery({ projectId: projectId ?? '' }),
    enabled: projectId !== undefined && mayInProject('notices.read', true),
  }).data;
  const inAccount = useQuery({
    ...unreadQuery({ accountId: accountId ?? '' }),
    enabled: projectId === undefined && accountId !== undefined && mayInAccount('notices.read'),
  }).data;
  return projectId === undefined
    ? { project: undefined, account: inAccount?.count }
    : { project: inProject?.count, account: inProject?.ofAccount ?? undefined };
}
