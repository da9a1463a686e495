import { CodeOutlined, DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Alert, Button, Empty, Flex, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { resourcesQuery } from '../api/queries.ts';
import { CopyButton } from '../shell/CopyButton.tsx';
import { useMayInProject } from '../shell/here.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import type { Column } from '../shell/Table.tsx';
import { Count } from './Count.tsx';
import { EndpointForm } from './EndpointForm.tsx';
import { endpointsQuery } from './queries.ts';
import { RemoveDialog } from './RemoveDialog.tsx';
import { TryDrawer } from './TryDrawer.tsx';
import type { Endpoint } from './types.ts';

type Open = { readonly what: 'create' } | { readonly what: 'edit' | 'remove' | 'try'; readonly endpoint: Endpoint };

/** A project's own names for models. */
export function EndpointsPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/endpoints' });
  const list = useInfiniteQuery(endpointsQuery(projectId));
  const mayManage = useMayInProject(projectId)('endpoints.manage');
  const models = useQuery(resourcesQuery(projectId)).data?.model ?? [];
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const modelOf = ({ modelId }: Endpoint) => models.find(({ id }) => id === modelId);

  const columns: readonly Column<Endpoint>[] = [
    {
      key: 'name',
      title: t('resources.endpoints.name'),
      render: ({ id, name }) => (
        <Flex vertical>
          <span className="any">{name}</span>
          <Flex gap={4} align="center">
            <code className="soft any">{id}</code>
            <CopyButton type="text" size="small" text={id} label={t('resources.copy', { name: id })} />
          </Flex>
        </Flex>
      ),
    },
    {
      key: 'model',
      title: t('resources.endpoints.model'),
      from: 576,
      render: (endpoint) => <code className="any">{modelOf(endpoint)?.name ?? endpoint.modelId}</code>,
    },
    {
      key: 'most',
      title: t('resources.models.most'),
      from: 992,
      render: ({ maxOutputTokens }) =>
        maxOutputTokens === null ? t('resources.endpoints.asModel') : <Count of={maxOutputTokens} />,
    },
    {
      key: 'created',
      title: t('resources.created'),
      from: 1200,
      render: ({ createdAt }) => <Moment at={createdAt} />,
    },
    {
      key: 'actions',
      title: t('resources.actions'),
      render: (endpoint) => {
        const { name } = endpoint;
        const button = (what: 'edit' | 'remove' | 'try', icon: React.ReactNode, label: string) => (
          <Tooltip title={label}>
            <Button
              type="text"
              danger={what === 'remove'}
              icon={icon}
              aria-label={label}
              onClick={() => setOpen({ what, endpoint })}
            />
          </Tooltip>
        );
        return (
          <Flex>
            {button('try', <CodeOutlined />, t('resources.tryIt', { name }))}
            {mayManage && button('edit', <EditOutlined />, t('resources.edit', { name }))}
            {mayManage && button('remove', <DeleteOutlined />, t('resources.delete', { name }))}
          </Flex>
        );
      },
    },
  ];
  const create = (words: 'resources.endpoints.create' | 'resources.endpoints.createFirst') =>
    mayManage && (
      <Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen({ what: 'create' })}>
        {t(words)}
      </Button>
    );

  return (
    <>
      <PageHead title={t('resources.endpoints.title')}>{create('resources.endpoints.create')}</PageHead>
      <p className="soft">{t('resources.endpoints.why')}</p>
      <Alert type="info" showIcon title={t('resources.endpoints.scope')} style={{ marginBottom: 16 }} />
      <List
        label={t('resources.endpoints.title')}
        list={list}
        columns={columns}
        empty={<Empty description={t('resources.endpoints.none')}>{create('resources.endpoints.createFirst')}</Empty>}
      />
      {open?.what === 'create' && <EndpointForm projectId={projectId} onClose={close} />}
      {open?.what === 'edit' && <EndpointForm projectId={projectId} endpoint={open.endpoint} onClose={close} />}
      {open?.what === 'try' && (
        <TryDrawer
          name={open.endpoint.id}
          protocols={modelOf(open.endpoint)?.protocols ?? ['openai']}
          onClose={close}
        />
      )}
      {open?.what === 'remove' && (
        <RemoveDialog
          projectId={projectId}
          id={open.endpoint.id}
          name={open.endpoint.name}
          calledAs={open.endpoint.id}
          path={`/endpoints/${open.endpoint.id}`}
          why={t('resources.endpoints.removeWhy')}
          refresh={[
            ['endpoints', projectId],
            ['resources', projectId],
          ]}
          onClose={close}
        />
      )}
    </>
  );
}
