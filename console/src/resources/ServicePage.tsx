import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Button, Card, Flex, Spin, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { allProvidersQuery } from '../operator/providers/queries.ts';
import { Facts } from '../shell/Facts.tsx';
import { useMayInProject } from '../shell/here.ts';
import { Moment } from '../shell/Moment.tsx';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Snippets } from '../shell/Snippets.tsx';
import { ClusterUsers } from './ClusterUsers.tsx';
import { serviceQuery } from './queries.ts';
import { RemoveDialog } from './RemoveDialog.tsx';
import { ServiceForm } from './ServiceForm.tsx';
import { guardSnippets, serviceSnippets } from './snippets.ts';
import type { Service } from './types.ts';

/** One service: how it is reached, how something in front of it asks, and who has a password for it. */
export function ServicePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId, serviceId } = useParams({ from: '/signedIn/projects/$projectId/services/$serviceId' });
  const { data: service, error, refetch } = useQuery(serviceQuery(serviceId));
  const may = useMayInProject(projectId);
  const [open, setOpen] = useState<'edit' | 'remove' | null>(null);
  const close = () => setOpen(null);
  if (!service) return error ? <PageError error={error} reset={() => void refetch()} /> : <Spin />;

  return (
    <>
      <Link to="/projects/$projectId/services" params={{ projectId }}>
        ← {t('resources.services.title')}
      </Link>
      <PageHead title={service.name}>
        {may('platform.manage') && (
          <>
            <Button onClick={() => setOpen('edit')}>{t('resources.editIt')}</Button>
            <Button danger onClick={() => setOpen('remove')}>
              {t('resources.remove')}
            </Button>
          </>
        )}
      </PageHead>
      <Flex gap={16} wrap align="stretch">
        <Card title={t('resources.services.reach')} style={{ flex: '1 1 440px', minWidth: 0 }}>
          <p className="soft" style={{ marginTop: 0 }}>
            {t('resources.services.reachWhy')}
          </p>
          <Snippets
            label={t('resources.services.reach')}
            ways={serviceSnippets(service.name, location.origin, {
              key: t('resources.services.byKey'),
              user: t('resources.services.byUser'),
            })}
          />
        </Card>
        <Card title={t('resources.services.about')} style={{ flex: '1 1 300px', minWidth: 0 }}>
          <About service={service} isOperator={may('platform.manage')} />
        </Card>
        <div style={{ flex: '1 1 100%', minWidth: 0 }}>
          <ClusterUsers service={service} mayManage={may('clusterUsers.manage')} />
        </div>
        <Card title={t('resources.services.guard')} style={{ flex: '1 1 100%', minWidth: 0 }}>
          <p className="soft" style={{ marginTop: 0 }}>
            {t('resources.services.guardWhy')}{' '}
            <Link to="/help/$guide" params={{ guide: 'proxies' }} style={{ textDecoration: 'underline' }}>
              {t('resources.services.guardMore')}
            </Link>
          </p>
          <Snippets
            label={t('resources.services.guard')}
            ways={guardSnippets(service.name, location.origin, t('resources.services.verify'))}
          />
        </Card>
      </Flex>
      {open === 'edit' && <ServiceForm projectId={projectId} service={service} onClose={close} />}
      {open === 'remove' && (
        <RemoveDialog
          projectId={projectId}
          id={service.id}
          name={service.name}
          calledAs={service.name}
          path={`/services/${service.id}`}
          why={t('resources.services.removeWhy')}
          refresh={[
            ['services', projectId],
            ['resources', projectId],
          ]}
          onClose={close}
          onRemoved={() => void navigate({ to: '/projects/$projectId/services', params: { projectId } })}
        />
      )}
    </>
  );
}

function About({ service, isOperator }: { service: Service; isOperator: boolean }) {
  const { t } = useTranslation();
  const providers = useQuery({ ...allProvidersQuery, enabled: isOperator });
  const upstream = providers.data?.data.find(({ id }) => id === service.providerId)?.name ?? service.providerId;
  return (
    <Facts
      facts={[
        [t('keys.description'), service.description === '' ? '–' : service.description],
        [
          t('resources.services.address'),
          <Typography.Text key="address" copyable className="mono any">
            {`${location.origin}/services/${service.name}`}
          </Typography.Text>,
        ],
        ...(upstream === undefined ? [] : [[t('resources.services.upstream'), upstream] as const]),
        [t('resources.created'), <Moment key="created" at={service.createdAt} />],
        [
          'ID',
          <Typography.Text key="id" copyable className="mono any">
            {service.id}
          </Typography.Text>,
        ],
      ]}
    />
  );
}
