import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { unreadQuery } from '../api/queries.ts';
import { useAccountHere, useMayInAccount, useMayInProject, useProjectHere } from './here.ts';

/** Whose notices: of a project and its keys, or of a whole account. */
export type Noted = { readonly accountId: string } | { readonly projectId: string };

/** The server counts no further. */
const MOST = 100;

/** How many notices came since one last looked, beside the way to them; nothing where there are none. */
export function UnreadCount({ of }: { of: Noted }) {
  const { t } = useTranslation();
  const { data } = useQuery(unreadQuery(of));
  if (data === undefined || data.count === 0) return null;
  return (
    <span className="unread" title={t('shell.unread', { count: data.count })}>
      {data.count < MOST ? data.count : `${MOST - 1}+`}
      <span className="unseen"> {t('shell.new')}</span>
    </span>
  );
}

/** Whether notices wait, for the button behind which the list is where it has no room. */
export function useIsNoted(): boolean {
  const projectId = useProjectHere();
  const accountId = useAccountHere();
  const mayInProject = useMayInProject(projectId);
  const mayInAccount = useMayInAccount(accountId);
  const inProject = useQuery({
    ...unreadQuery({ projectId: projectId ?? '' }),
    enabled: projectId !== undefined && mayInProject('notices.read'),
  });
  const inAccount = useQuery({
    ...unreadQuery({ accountId: accountId ?? '' }),
    enabled: accountId !== undefined && mayInAccount('notices.read'),
  });
  return (inProject.data?.count ?? 0) + (inAccount.data?.count ?? 0) > 0;
}
