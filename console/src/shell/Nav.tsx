import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '../api/queries.ts';
import { useAccountHere, useMayInAccount, useMayInProject, useProjectHere, type May } from './here.ts';
import { accountPlaces, platformPlaces, projectPlaces, type Place } from './places.ts';

/** The pages that are open to the caller: of the project they are at, of its account, and to the operator of the platform. */
export function Nav({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation();
  const projectId = useProjectHere();
  const accountId = useAccountHere();
  const mayInProject = useMayInProject(projectId);
  const mayInAccount = useMayInAccount(accountId);
  const session = useQuery(sessionQuery);
  return (
    <nav className="nav" aria-label={t('shell.pages')}>
      {projectId !== undefined && (
        <Places title={t('shell.project')} places={projectPlaces(projectId)} may={mayInProject} onGo={onGo} />
      )}
      {accountId !== undefined && (
        <Places title={t('shell.account')} places={accountPlaces(accountId)} may={mayInAccount} onGo={onGo} />
      )}
      {session.data?.user.isOperator === true && (
        <Places title={t('shell.platform')} places={platformPlaces()} may={() => true} onGo={onGo} />
      )}
    </nav>
  );
}

function Places(props: { title: string; places: readonly Place[]; may: May; onGo: (() => void) | undefined }) {
  const { title, places, may, onGo } = props;
  const { t } = useTranslation();
  const open = places.filter(({ permission }) => permission === undefined || may(permission));
  if (open.length === 0) return null;
  return (
    <details open>
      <summary>
        <h2>{title}</h2>
      </summary>
      <ul>
        {open.map(({ word, link }) => (
          <li key={word}>
            <Link {...link} activeOptions={{ exact: true, includeSearch: false }} {...(onGo && { onClick: onGo })}>
              {t(`place.${word}`)}
            </Link>
          </li>
        ))}
      </ul>
    </details>
  );
}
