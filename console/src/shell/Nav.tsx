import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from 'antd';
import { isNoMore } from '../api/client.ts';
import { accountRightsQuery, accountsQuery, projectsQuery, rightsQuery, sessionQuery } from '../api/queries.ts';
import { useAccountHere, useMayInAccount, useMayInProject, useProjectHere, type May } from './here.ts';
import { UnreadCount, useUnread } from './Unread.tsx';
import { missedOf } from './missedOf.ts';
import { accountPlaces, platformPlaces, projectPlaces, type Place } from './places.ts';
import './nav.css';

/** Lower windows do not have room for all three parts. */
const LOW = '(max-height: 1200px)';

/** The pages that are open to the caller: of the project they are at, of its account, and to the operator of the platform. */
export function Nav({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation();
  const projectId = useProjectHere();
  const accountId = useAccountHere();
  const mayInProject = useMayInProject(projectId);
  const mayInAccount = useMayInAccount(accountId);
  const session = useQuery(sessionQuery);
  const unread = useUnread();
  const accounts = useQuery(accountsQuery).data?.data ?? [];
  const isOperator = session.data?.user.isOperator === true;
  const [isLow] = useState(() => matchMedia(LOW).matches);
  const isInAccount = useRouterState({
    select: ({ location }) => /^\/(?:accounts\/|projects$|help)/.test(location.pathname),
  });
  return (
    <nav className="nav" aria-label={t('shell.pages')}>
      <Missed projectId={projectId} accountId={accountId} />
      {projectId !== undefined && (
        <Places
          title={t('shell.project')}
          places={projectPlaces(projectId)}
          may={mayInProject}
          unread={unread.project}
          onGo={onGo}
        />
      )}
      {accountId !== undefined && (
        <Places
          title={t('shell.account')}
          // Whoever belongs to several sees which one it is.
          note={accounts.length > 1 ? accounts.find(({ id }) => id === accountId)?.name : undefined}
          places={accountPlaces(accountId)}
          may={mayInAccount}
          unread={unread.account}
          onGo={onGo}
          // So that an operator sees the platform below it without looking for it.
          isFolded={isOperator && isLow && projectId !== undefined && !isInAccount}
        />
      )}
      {isOperator && <Places title={t('shell.platform')} places={platformPlaces()} may={() => true} onGo={onGo} />}
    </nav>
  );
}

/** Pages are not gone, nor shut, because nobody could say whether they are open: that is said, and asked again. */
function Missed({ projectId, accountId }: { projectId: string | undefined; accountId: string | undefined }) {
  const { t } = useTranslation();
  const asked = [
    useQuery({ ...rightsQuery(projectId ?? ''), enabled: projectId !== undefined }),
    useQuery({ ...accountRightsQuery(accountId ?? ''), enabled: accountId !== undefined }),
    useQuery(projectsQuery),
    useQuery(accountsQuery),
  ];
  const { error, isFetching, refetch } = missedOf(
    asked.filter((one) => one.data === undefined && !isNoMore(one.error)),
  );
  return (
    error && (
      <div className="nav-missed" role="status" title={error.message}>
        {t('shell.missed')}{' '}
        <Button size="small" loading={isFetching} onClick={() => void refetch()}>
          {t('shell.listAgain')}
        </Button>
      </div>
    )
  );
}

function Places(props: {
  title: string;
  note?: string | undefined;
  places: readonly Place[];
  may: May;
  unread?: number | undefined;
  onGo: (() => void) | undefined;
  /** Whether it begins folded; it unfolds when this ends, and stays so. */
  isFolded?: boolean;
}) {
  const { title, note, places, may, unread, onGo, isFolded = false } = props;
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(!isFolded);
  useEffect(() => {
    if (!isFolded) setOpen(true);
  }, [isFolded]);
  const open = places.filter(({ permission, whole }) => permission === undefined || may(permission, whole));
  if (open.length === 0) return null;
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <h2>{title}</h2>
        {note !== undefined && <span className="nav-note">{note}</span>}
      </summary>
      <ul>
        {open.map(({ word, short, link }) => (
          <li key={word}>
            <Link
              {...link}
              activeOptions={{ exact: true, includeSearch: false }}
              {...(onGo && { onClick: onGo })}
              {...(short && { 'aria-label': t(`place.${word}`) })}
            >
              {short ? t(`short.${short}`) : t(`place.${word}`)}
              {(word === 'notices' || word === 'accountNotices') && <UnreadCount count={unread ?? 0} />}
            </Link>
          </li>
        ))}
      </ul>
    </details>
  );
}
