import { PlusOutlined, ReloadOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Alert, Button, Flex, Tooltip, Typography } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keysQuery, rightsQuery } from '../api/queries.ts';
import type { CreatedKey } from '../api/types.ts';
import { PageError } from '../shell/PageError.tsx';
import { keepProject } from '../shell/lastProject.ts';
import { KeyFilters } from './KeyFilters.tsx';
import { KeyTable } from './KeyTable.tsx';
import { ValueDialog } from './ValueDialog.tsx';

const CreateKey = lazy(async () => ({ default: (await import('./CreateKey.tsx')).CreateKey }));

/** The keys of a project: the home of the console. Filters stand in the address, so that a view can be passed on. */
export function KeysPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/keys' });
  const { create, ...filters } = useSearch({ from: '/signedIn/projects/$projectId/keys' });
  const [made, setMade] = useState<CreatedKey | null>(null);
  const keys = useInfiniteQuery(keysQuery(projectId, filters));
  const rights = useQuery(rightsQuery(projectId));
  useEffect(() => keepProject(projectId), [projectId]);

  const mayCreate = (rights.data?.permissions['keys.create'] ?? 'forbidden') !== 'forbidden';
  const setCreating = (open: boolean) =>
    void navigate({
      to: '.',
      search: open ? { ...filters, create: true } : filters,
      replace: true,
    });
  if (keys.error && !keys.data) return <PageError error={keys.error} reset={() => void keys.refetch()} />;
  const rows = keys.data?.pages.flatMap(({ data }) => data) ?? [];
  const isFiltered = Object.values(filters).some((one) => one !== undefined);

  return (
    <>
      <title>{`${t('keys.title')} · Keyward`}</title>
      <Flex justify="space-between" align="center" wrap gap={12}>
        <Typography.Title level={1} style={{ fontSize: 24, margin: 0 }}>
          {t('keys.title')}
        </Typography.Title>
        <Flex gap={8}>
          <Tooltip title={t('keys.refresh')}>
            <Button
              icon={<ReloadOutlined spin={keys.isFetching} />}
              aria-label={t('keys.refresh')}
              onClick={() => void keys.refetch()}
            />
          </Tooltip>
          {mayCreate && (
            <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
              {t('keys.create')}
            </Button>
          )}
        </Flex>
      </Flex>
      <Alert type="warning" showIcon title={t('keys.warning')} style={{ margin: '16px 0' }} closable />
      {keys.error && <Alert type="error" showIcon title={keys.error.message} style={{ marginBottom: 16 }} />}
      <KeyFilters
        key={projectId}
        filters={filters}
        onChange={(next) => void navigate({ to: '.', search: next, replace: true })}
      />
      <KeyTable
        keys={rows}
        loading={keys.isPending}
        isFiltered={isFiltered}
        mayCreate={mayCreate}
        onCreate={() => setCreating(true)}
        more={keys.hasNextPage ? { loading: keys.isFetchingNextPage, load: () => void keys.fetchNextPage() } : null}
      />
      <Suspense>
        {create === true && (
          <CreateKey
            projectId={projectId}
            onClose={() => setCreating(false)}
            onCreated={(key) => {
              setCreating(false);
              setMade(key);
            }}
          />
        )}
      </Suspense>
      {made && <ValueDialog name={made.name} value={made.value} onClose={() => setMade(null)} />}
    </>
  );
}
