import { PlusOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Empty } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listQuery } from '../../api/queries.ts';
import type { Account } from '../../api/types.ts';
import { List } from '../../shell/List.tsx';
import { Moment } from '../../shell/Moment.tsx';
import { PageHead } from '../../shell/PageHead.tsx';
import type { Column } from '../../shell/Table.tsx';
import { allGroupsQuery } from '../queries.ts';
import { AccountStatus } from './AccountStatus.tsx';
import { CreateAccount } from './CreateAccount.tsx';

/** Every tenant there is. */
export function AccountsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const list = useInfiniteQuery(listQuery<Account>(['accounts', 'list'], '/accounts'));
  const groups = useQuery(allGroupsQuery);
  const [isCreating, setCreating] = useState(false);
  const open = (accountId: string) => void navigate({ to: '/platform/accounts/$accountId', params: { accountId } });
  const groupName = (id: string | null) =>
    id === null ? '–' : (groups.data?.data.find((group) => group.id === id)?.name ?? id);

  const columns: readonly Column<Account>[] = [
    {
      key: 'name',
      title: t('accounts.name'),
      render: ({ id, name }) => (
        <Link to="/platform/accounts/$accountId" params={{ accountId: id }} className="any">
          {name}
        </Link>
      ),
    },
    { key: 'status', title: t('accounts.status'), render: ({ status }) => <AccountStatus status={status} /> },
    {
      key: 'group',
      title: t('accounts.group'),
      from: 768,
      render: ({ defaultGroupId }) => <span className="any">{groupName(defaultGroupId)}</span>,
    },
    { key: 'created', title: t('accounts.created'), from: 576, render: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
  return (
    <>
      <PageHead title={t('accounts.title')}>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
          {t('accounts.create')}
        </Button>
      </PageHead>
      <p className="soft">{t('accounts.why')}</p>
      <List
        label={t('accounts.title')}
        list={list}
        columns={columns}
        onOpen={({ id }) => open(id)}
        empty={<Empty description={t('accounts.none')} />}
      />
      {isCreating && <CreateAccount onClose={() => setCreating(false)} onCreated={({ id }) => open(id)} />}
    </>
  );
}
