import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Button, Empty, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../shell/CopyButton.tsx';
import { useMayInProject } from '../shell/here.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import type { Column } from '../shell/Table.tsx';
import { servicesQuery } from './queries.ts';
import { ServiceForm } from './ServiceForm.tsx';
import type { Service } from './types.ts';

/** HTTP services that the keys of a project guard. The operator makes them. */
export function ServicesPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/services' });
  const list = useInfiniteQuery(servicesQuery(projectId));
  const mayManage = useMayInProject(projectId)('platform.manage');
  const [isCreating, setCreating] = useState(false);
  const open = ({ id }: Service) =>
    void navigate({ to: '/projects/$projectId/services/$serviceId', params: { projectId, serviceId: id } });

  const columns: readonly Column<Service>[] = [
    {
      key: 'name',
      title: t('resources.services.name'),
      render: ({ id, name, description }) => (
        <Flex vertical gap={2}>
          <Link
            to="/projects/$projectId/services/$serviceId"
            params={{ projectId, serviceId: id }}
            className="any"
            onClick={(event) => event.stopPropagation()}
          >
            {name}
          </Link>
          {description !== '' && <span className="soft line">{description}</span>}
        </Flex>
      ),
    },
    {
      key: 'address',
      title: t('resources.services.address'),
      from: 576,
      render: ({ name }) => (
        <Flex gap={4} align="center" onClick={(event) => event.stopPropagation()}>
          <code className="any">{`/services/${name}`}</code>
          <CopyButton
            type="text"
            size="small"
            text={`${location.origin}/services/${name}`}
            label={t('resources.copyAddress', { name })}
          />
        </Flex>
      ),
    },
    {
      key: 'created',
      title: t('resources.created'),
      from: 992,
      render: ({ createdAt }) => <Moment at={createdAt} />,
    },
  ];
  const create = mayManage && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('resources.services.create')}
    </Button>
  );

  return (
    <>
      <PageHead title={t('resources.services.title')}>{create}</PageHead>
      <p className="soft">{t('resources.services.why')}</p>
      <List
        label={t('resources.services.title')}
        list={list}
        columns={columns}
        onOpen={open}
        empty={
          <Empty description={t(mayManage ? 'resources.services.none' : 'resources.services.noneAsk')}>
            {mayManage && <Link to="/platform/providers">{t('resources.services.toProviders')}</Link>}
          </Empty>
        }
      />
      {isCreating && <ServiceForm projectId={projectId} onClose={() => setCreating(false)} onSaved={open} />}
    </>
  );
}
