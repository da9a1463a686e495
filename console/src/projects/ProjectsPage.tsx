import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { App, Button, Empty } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountsQuery, projectsQuery } from '../api/queries.ts';
import type { CreatedKey, Project } from '../api/types.ts';
import { ValueDialog } from '../keys/ValueDialog.tsx';
import { useAccountHere, useMayInAccount } from '../shell/here.ts';
import { Moment } from '../shell/Moment.tsx';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { Table, type Column } from '../shell/Table.tsx';
import { CreateProject, type CreatedProject } from './CreateProject.tsx';

/** Every project that the caller reaches, in every account. None of them is chosen here. */
export function ProjectsPage() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const projects = useQuery(projectsQuery);
  const accounts = useQuery(accountsQuery);
  const accountId = useAccountHere();
  const mayCreate = useMayInAccount(accountId)('projects.create');
  const [isCreating, setCreating] = useState(false);
  const [shown, setShown] = useState<{ id: string; key: CreatedKey } | null>(null);
  if (projects.error && !projects.data)
    return <PageError error={projects.error} reset={() => void projects.refetch()} />;

  const nameOf = (id: string) => accounts.data?.data.find((one) => one.id === id)?.name ?? id;
  const open = (projectId: string) => void navigate({ to: '/projects/$projectId/keys', params: { projectId } });

  /** Its default key comes first: nobody can show it again. */
  function welcome({ id, name, defaultKey }: CreatedProject): void {
    void message.success(t('projects.made', { name }));
    if (defaultKey) setShown({ id, key: defaultKey });
    else open(id);
  }

  const columns: readonly Column<Project>[] = [
    {
      key: 'name',
      title: t('projects.name'),
      render: ({ id, name }) => (
        <Link to="/projects/$projectId/keys" params={{ projectId: id }} className="any">
          {name}
        </Link>
      ),
    },
    { key: 'account', title: t('projects.account'), from: 576, render: (project) => nameOf(project.accountId) },
    {
      key: 'created',
      title: t('projects.created'),
      from: 768,
      render: ({ createdAt }) => <Moment at={createdAt} />,
    },
  ];
  return (
    <>
      <PageHead title={t('projects.title')}>
        {mayCreate && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
            {t('projects.create')}
          </Button>
        )}
      </PageHead>
      <p className="soft">{t('projects.why')}</p>
      <Table
        label={t('projects.title')}
        columns={columns}
        rows={projects.data?.data ?? []}
        loading={projects.isPending}
        onOpen={({ id }) => open(id)}
        empty={<Empty description={mayCreate ? t('projects.none') : t('projects.noneYours')} />}
      />
      {isCreating && accountId !== undefined && (
        <CreateProject accountId={accountId} onClose={() => setCreating(false)} onCreated={welcome} />
      )}
      {shown && (
        <ValueDialog
          name={shown.key.name}
          value={shown.key.value}
          baseUrl={shown.key.baseUrl}
          onClose={() => open(shown.id)}
        />
      )}
    </>
  );
}
