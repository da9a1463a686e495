import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Empty, Flex } from 'antd';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keysQuery } from '../api/queries.ts';
import type { Key } from '../api/types.ts';
import { StatusSwitch } from '../keys/StatusSwitch.tsx';
import { part } from '../routes/page.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import type { Column } from '../shell/Table.tsx';
import type { SectionProps } from './types.ts';

const CreateTemporary = part(async () => (await import('./CreateTemporary.tsx')).CreateTemporary);

/** The temporary keys that were made from a key, and the way to make another. */
export function TemporaryKeys({ keyOf, may }: SectionProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [isCreating, setCreating] = useState(false);
  const list = useInfiniteQuery(keysQuery(keyOf.projectId ?? '', { parentKeyId: keyOf.id }));
  const mayCreate = may('temporaryKeys.create');
  const create = mayCreate && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('temporary.create')}
    </Button>
  );

  const columns: readonly Column<Key>[] = [
    {
      key: 'name',
      title: t('keys.name'),
      render: ({ id, name }) => (
        <Link to="/keys/$keyId" params={{ keyId: id }} className="any" onClick={(event) => event.stopPropagation()}>
          {name}
        </Link>
      ),
    },
    { key: 'masked', title: t('keys.key'), from: 576, render: ({ masked }) => <code>{masked}</code> },
    {
      key: 'status',
      title: t('keys.status'),
      render: (key) => (may('keys.change') ? <StatusSwitch keyOf={key} /> : t(`state.${key.state}`)),
    },
    { key: 'expires', title: t('keys.expires'), render: ({ expiresAt }) => <Moment at={expiresAt} /> },
    {
      key: 'used',
      title: t('keys.lastUsed'),
      from: 768,
      render: ({ lastUsedAt }) => <Moment at={lastUsedAt} none={t('keys.never')} />,
    },
  ];

  return (
    <>
      <Flex justify="space-between" align="center" gap={12} wrap style={{ marginBottom: 16 }}>
        <p className="soft" style={{ flex: '1 1 320px', margin: 0 }}>
          {t('temporary.why')}
        </p>
        {create}
      </Flex>
      <List
        label={t('temporary.title')}
        list={list}
        columns={columns}
        onOpen={({ id }) => void navigate({ to: '/keys/$keyId', params: { keyId: id }, search: {} })}
        empty={<Empty description={mayCreate ? t('temporary.none') : t('temporary.noneYours')} />}
      />
      <Suspense>{isCreating && <CreateTemporary keyOf={keyOf} onClose={() => setCreating(false)} />}</Suspense>
    </>
  );
}
