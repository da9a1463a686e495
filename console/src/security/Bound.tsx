import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Security } from '../api/types.ts';
import { PartError } from '../shell/PartError.tsx';
import { State } from '../shell/State.tsx';
import { Table, type Column } from '../shell/Table.tsx';
import { projectMembersQuery, type Member } from './queries.ts';

/** Whom a choice binds, and to what: before it is saved. */
export function Bound({ projectId, access }: { projectId: string; access: Security['memberAccess'] }) {
  const { t } = useTranslation();
  const asked = useQuery(projectMembersQuery(projectId));
  const { data, error } = asked;
  if (error) return <PartError of={asked} />;
  if (!data) return <Skeleton active paragraph={{ rows: 2 }} />;
  const isBound = (role: string) => role === 'member' && access !== 'all';
  const columns: readonly Column<Member & { id: string }>[] = [
    {
      key: 'who',
      title: t('security.person'),
      render: ({ name, email, userId }) => (
        <>
          <span className="any">{name ?? userId}</span>
          {email !== null && <div className="soft any">{email}</div>}
        </>
      ),
    },
    {
      key: 'role',
      title: t('security.role'),
      from: 576,
      render: ({ role }) => t(`security.roles.${role === 'member' ? 'member' : 'admin'}`),
    },
    {
      key: 'may',
      title: t('security.may'),
      render: ({ role }) =>
        isBound(role) ? (
          <State kind={access === 'none' ? 'bad' : 'warn'}>{t(`security.mays.${access}`)}</State>
        ) : (
          <State kind="good">{t('security.mays.all')}</State>
        ),
    },
  ];
  return (
    <>
      <p className="soft">{t('security.boundWhy')}</p>
      <Table
        label={t('security.bound')}
        columns={columns}
        rows={data.data.map((member) => ({ ...member, id: member.userId }))}
        loading={false}
        empty={t('security.noMembers')}
      />
      {data.nextCursor !== null && <p className="soft">{t('security.more')}</p>}
    </>
  );
}
