import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { keyNamesQuery, projectsQuery, rightsQuery } from '../api/queries.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { KeySelect } from './KeySelect.tsx';
import { SpanPicker } from './SpanPicker.tsx';
import { spanOf } from './span.ts';
import { UsageReport } from './UsageReport.tsx';
import type { By, UsageView } from './usageView.ts';

const IN_PROJECT: readonly By[] = ['key', 'model', 'status', 'address'];
const IN_ACCOUNT: readonly By[] = ['project', 'model', 'status', 'address'];

/** Who used how much in a project, over time and by what one asks for. */
export function UsagePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/usage' });
  const view = useSearch({ from: '/signedIn/projects/$projectId/usage' });
  const names = useQuery(keyNamesQuery(projectId));
  const rights = useQuery(rightsQuery(projectId));
  const show = (change: Partial<UsageView>) =>
    void navigate({ to: '.', search: { ...view, ...change }, replace: true });
  const seesOwnOnly = rights.data?.permissions['usage.read'] === 'own';

  if (rights.error && !rights.data) return <PageError error={rights.error} reset={() => void rights.refetch()} />;
  return (
    <>
      <PageHead title={t('usage.title')}>
        <SpanPicker view={view} span={spanOf(view, Date.now())} onChange={show} />
      </PageHead>
      <Flex style={{ marginBottom: 16 }}>
        <KeySelect
          projectId={projectId}
          label={t('usage.ofKey')}
          placeholder={seesOwnOnly ? t('usage.ofYours') : t('usage.ofAllKeys')}
          value={view.keyId}
          onChange={(keyId) => show({ keyId })}
        />
      </Flex>
      {rights.data && (
        <UsageReport
          place={{ projectId }}
          view={view}
          choices={IN_PROJECT}
          nameOf={(by, id) => (by === 'key' ? (names.data?.get(id) ?? id) : id)}
          mustChoose={seesOwnOnly && view.keyId === undefined}
          show={show}
        />
      )}
    </>
  );
}

/** Who used how much in all projects of an account. */
export function AccountUsagePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/usage' });
  const { keyId: _, ...view } = useSearch({ from: '/signedIn/accounts/$accountId/usage' });
  const projects = useQuery(projectsQuery);
  const show = (change: Partial<UsageView>) =>
    void navigate({ to: '.', search: { ...view, ...change }, replace: true });
  const projectName = (id: string) => projects.data?.data.find((one) => one.id === id)?.name ?? id;

  return (
    <>
      <PageHead title={t('usage.ofAccount')}>
        <SpanPicker view={view} span={spanOf(view, Date.now())} onChange={show} />
      </PageHead>
      <UsageReport
        place={{ accountId }}
        view={view}
        choices={IN_ACCOUNT}
        nameOf={(by, id) => (by === 'project' ? projectName(id) : id)}
        mustChoose={false}
        show={show}
      />
    </>
  );
}
