import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Alert, Card, Flex, Spin } from 'antd';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { part } from '../routes/page.ts';
import { useMayInAccount, useMayInProject } from '../shell/here.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { About } from './About.tsx';
import { NameForm } from './NameForm.tsx';
import { whileThere } from '../api/queries.ts';
import { projectQuery } from './queries.ts';

const LimitCare = part(async () => (await import('../limits/LimitCare.tsx')).LimitCare, 'limits');
const ProjectCapField = part(async () => (await import('../quota/ProjectCapField.tsx')).ProjectCapField, 'quota');

/** What a project is called, how much it may use, and how many keys it may have. */
export function ProjectSettingsPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/settings' });
  const {
    data: project,
    error,
    refetch,
  } = useQuery({ ...projectQuery(projectId), refetchInterval: whileThere(15_000) });
  const may = useMayInProject(projectId);
  const mayAsk = useMayInAccount(project?.accountId)('quotaRequests.read');
  if (!project)
    return (
      <>
        <PageHead title={t('settings.ofProject')} />
        {error ? <PageError error={error} reset={() => void refetch()} /> : <Spin />}
      </>
    );
  const refresh = [['project', projectId], ['projects']];
  return (
    <>
      <PageHead title={t('settings.ofProject')} />
      {error && <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />}
      <Flex vertical gap={16} style={{ maxWidth: 960 }}>
        <Card>
          <NameForm
            key={projectId}
            path={`/projects/${projectId}`}
            start={{ name: project.name }}
            mayChange={may('project.change')}
            refresh={refresh}
          />
        </Card>
        <Suspense fallback={<Spin />}>
          <LimitCare
            title={t('settings.limits')}
            place={`/projects/${projectId}`}
            limits={project.limits}
            why={t('settings.projectLimitsWhy')}
            none={may('projectLimits.set') ? t('settings.noProjectLimits') : t('settings.noLimitsAsk')}
            mayChange={may('projectLimits.set')}
            refresh={[['project', projectId]]}
          />
          <Card title={t('settings.keys')}>
            <ProjectCapField project={project} mayChange={may('projectQuota.set')} />
            {mayAsk && (
              <p style={{ marginBottom: 0 }}>
                <Link to="/accounts/$accountId/quota" params={{ accountId: project.accountId }}>
                  {t('settings.toQuota')}
                </Link>
              </p>
            )}
          </Card>
        </Suspense>
        <About id={project.id} createdAt={project.createdAt} />
      </Flex>
    </>
  );
}
