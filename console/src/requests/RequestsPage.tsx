import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { rightsQuery } from '../api/queries.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { KeySelect } from '../usage/KeySelect.tsx';
import { spanOf } from '../usage/span.ts';
import { SpanPicker } from '../usage/SpanPicker.tsx';
import { Requests } from './Requests.tsx';
import type { RequestsView } from './requestsView.ts';

/** The single requests of a project, and what was refused. */
export function RequestsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/requests' });
  const view = useSearch({ from: '/signedIn/projects/$projectId/requests' });
  const rights = useQuery(rightsQuery(projectId));
  const show = (change: Partial<RequestsView>) =>
    void navigate({ to: '.', search: { ...view, ...change }, replace: true });
  const seesOwnOnly = rights.data?.permissions['usage.read'] === 'own';
  const ofKey = (
    <KeySelect
      projectId={projectId}
      label={t('requests.key')}
      placeholder={seesOwnOnly ? t('requests.yourKeys') : t('requests.key')}
      value={view.keyId}
      onChange={(keyId) => show({ keyId })}
    />
  );
  if (rights.error && !rights.data) return <PageError error={rights.error} reset={() => void rights.refetch()} />;
  return (
    <>
      <PageHead title={t('requests.title')}>
        <SpanPicker view={view} span={spanOf(view, Date.now())} onChange={show} />
      </PageHead>
      {seesOwnOnly && view.keyId === undefined ? (
        <>
          {ofKey}
          <Empty description={t('requests.chooseOwn')} style={{ marginTop: 32 }} />
        </>
      ) : (
        rights.data && (
          <Requests projectId={projectId} view={view} show={show}>
            {ofKey}
          </Requests>
        )
      )}
    </>
  );
}
