import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Project } from '../../api/types.ts';
import { Moment } from '../../shell/Moment.tsx';
import { PartError } from '../../shell/PartError.tsx';
import { Table, type Column } from '../../shell/Table.tsx';
import { accountProjectsQuery } from '../queries.ts';

/** The projects of the account, each a way to its keys. */
export function AccountProjects({ accountId }: { accountId: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const asked = useQuery(accountProjectsQuery(accountId));
  const { data, error, isPending } = asked;
  const columns: readonly Column<Project>[] = [
    {
      key: 'name',
      title: t('accounts.project'),
      render: ({ id, name }) => (
        <Link to="/projects/$projectId/keys" params={{ projectId: id }} className="any">
          {name}
        </Link>
      ),
    },
    { key: 'created', title: t('accounts.created'), render: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
  return (
    <section style={{ flex: '1 1 100%', minWidth: 0 }}>
      <h2 style={{ fontSize: 16, margin: '8px 0 12px' }}>{t('accounts.projects')}</h2>
      <PartError of={asked} />
      {(error === null || data) && (
        <Table
          label={t('accounts.projects')}
          columns={columns}
          rows={data?.data ?? []}
          loading={isPending}
          onOpen={({ id }) => void navigate({ to: '/projects/$projectId/keys', params: { projectId: id } })}
          empty={t('accounts.noProjects')}
        />
      )}
    </section>
  );
}
