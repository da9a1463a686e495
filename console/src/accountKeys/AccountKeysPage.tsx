import { PlusOutlined, ReloadOutlined, ToolOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Alert, Button, Empty, Flex, Segmented, Tag, Tooltip } from 'antd';
import { Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listQuery, projectsQuery } from '../api/queries.ts';
import type { ListedKey } from '../api/types.ts';
import { BulkBar } from '../bulk/BulkBar.tsx';
import { SearchField } from '../form/SearchField.tsx';
import { KeyTable } from '../keys/KeyTable.tsx';
import { allTemplatesQuery } from '../limits/queries.ts';
import { part } from '../routes/page.ts';
import { useMayInAccount } from '../shell/here.ts';
import { PageHead } from '../shell/PageHead.tsx';
import type { Column } from '../shell/Table.tsx';
import type { AccountKeysView } from './accountKeysView.ts';

const CreateManagementKey = part(async () => (await import('./CreateManagementKey.tsx')).CreateManagementKey);
const nameOf = ({ name }: { name: string }) => name;

/** The management keys of an account, and by one click all its keys, of whatever project. */
export function AccountKeysPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/keys' });
  const view = useSearch({ from: '/signedIn/accounts/$accountId/keys' });
  const { all = false, search, limitTemplateId } = view;
  const may = useMayInAccount(accountId);
  const mayManage = may('accountKeys.manage');
  const list = useInfiniteQuery(
    listQuery<ListedKey>(['accountKeys', accountId], `/accounts/${accountId}/keys`, {
      search,
      limitTemplateId,
      limits: true,
      ...(!all && { class: 'management' }),
    }),
  );
  const projects = useQuery(projectsQuery).data?.data;
  const templates = useQuery({ ...allTemplatesQuery(accountId), enabled: limitTemplateId !== undefined });
  const template = templates.data?.data.find(({ id }) => id === limitTemplateId);
  const [isCreating, setCreating] = useState(false);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const chosen = list.data?.pages.flatMap(({ data }) => data.filter(({ id }) => ticked.has(id))) ?? [];
  const show = (change: AccountKeysView) => void navigate({ to: '.', search: { ...view, ...change }, replace: true });
  const more = useMemo(
    (): readonly Column<ListedKey>[] => [
      {
        key: 'project',
        title: t('shell.project'),
        from: 768,
        render: ({ projectId }) =>
          projectId === null
            ? t('accountKeys.whole')
            : (projects?.find(({ id }) => id === projectId)?.name ?? projectId),
      },
    ],
    [t, projects],
  );

  return (
    <>
      <PageHead title={t('accountKeys.title')}>
        <Tooltip title={t('keys.refresh')}>
          <Button
            icon={<ReloadOutlined spin={list.isFetching} />}
            aria-label={t('keys.refresh')}
            onClick={() => void list.refetch()}
          />
        </Tooltip>
        {mayManage && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
            {t('accountKeys.create')}
          </Button>
        )}
      </PageHead>
      <Alert type="info" showIcon title={t('accountKeys.why')} style={{ marginBottom: 16 }} />
      <Flex gap={12} wrap align="center" style={{ marginBottom: 16 }} role="search">
        <Segmented
          aria-label={t('accountKeys.which')}
          value={all ? 'all' : 'management'}
          onChange={(next) => show({ all: next === 'all' ? true : undefined })}
          options={[
            { value: 'management', label: t('accountKeys.management') },
            { value: 'all', label: t('accountKeys.all') },
          ]}
        />
        <SearchField label={t('keys.search')} value={search} onSearch={(next) => show({ search: next })} />
        {limitTemplateId !== undefined && (
          <Tag closable onClose={() => show({ limitTemplateId: undefined })}>
            {t('accountKeys.ofTemplate', { name: template?.name ?? limitTemplateId })}
          </Tag>
        )}
      </Flex>
      <KeyTable
        list={list}
        more={more}
        selection={mayManage ? { chosen: ticked, onChange: setTicked, nameOf } : undefined}
        empty={
          search !== undefined || all ? (
            <Empty description={t('keys.noneFound')} />
          ) : (
            <Empty
              image={<ToolOutlined style={{ fontSize: 40 }} />}
              styles={{ image: { height: 48 } }}
              description={t('accountKeys.none')}
            />
          )
        }
      />
      {ticked.size > 0 && (
        <BulkBar
          base={`/accounts/${accountId}`}
          keys={chosen}
          mayDelete={mayManage}
          onClear={() => setTicked(new Set())}
        />
      )}
      <Suspense>
        {isCreating && <CreateManagementKey accountId={accountId} onClose={() => setCreating(false)} />}
      </Suspense>
    </>
  );
}
