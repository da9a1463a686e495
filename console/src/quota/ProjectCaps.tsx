import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Flex, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { projectsQuery } from '../api/queries.ts';
import type { Project } from '../api/types.ts';
import { PartError } from '../shell/PartError.tsx';
import { Table, type Column } from '../shell/Table.tsx';
import { CapBar } from './CapBar.tsx';
import type { Cap } from './ChangeCap.tsx';
import { projectQuotaQuery } from './queries.ts';

/** Each row asks for itself, so no more of them than this are shown at first. */
const FIRST = 20;

/** The projects of an account, and how many keys each has of how many. */
export function ProjectCaps(props: { accountId: string; mayChange: boolean; onChange: (cap: Cap) => void }) {
  const { accountId, mayChange, onChange } = props;
  const { t } = useTranslation();
  const projects = useQuery(projectsQuery);
  const [shown, setShown] = useState(FIRST);
  const own = (projects.data?.data ?? []).filter((project) => project.accountId === accountId);
  const columns: readonly Column<Project>[] = [
    {
      key: 'name',
      title: t('quota.project'),
      render: ({ id, name }) => (
        <Link to="/projects/$projectId/keys" params={{ projectId: id }} className="any">
          {name}
        </Link>
      ),
    },
    {
      key: 'keys',
      title: t('quota.keys'),
      render: (project) => <ProjectCap project={project} onChange={mayChange ? onChange : undefined} />,
    },
  ];
  if (projects.error && !projects.data) return <PartError of={projects} />;
  return (
    <>
      <Table
        label={t('quota.projects')}
        columns={columns}
        rows={own.slice(0, shown)}
        loading={projects.isPending}
        empty={t('quota.noProjects')}
      />
      {own.length > shown && (
        <Flex justify="center" style={{ marginTop: 16 }}>
          <Button onClick={() => setShown(shown + FIRST)}>{t('list.more')}</Button>
        </Flex>
      )}
    </>
  );
}

/** One project's. */
export function ProjectCap({
  project,
  onChange,
}: {
  project: Pick<Project, 'id' | 'name'>;
  onChange: ((cap: Cap) => void) | undefined;
}) {
  const { t } = useTranslation();
  const { data, error } = useQuery(projectQuotaQuery(project.id));
  if (error) return <>{error.message}</>;
  if (!data) return <Skeleton.Input size="small" active />;
  return (
    <Flex gap={12} align="center" wrap justify="space-between">
      <CapBar keys={data.keys} cap={data.keyCap} label={t('quota.keysOf', { name: project.name })} />
      {onChange && (
        <Button
          size="small"
          aria-label={t('quota.changeCapOf', { name: project.name })}
          onClick={() =>
            onChange({
              field: 'keyCap',
              path: `/projects/${project.id}/quota`,
              title: t('quota.changeCapOf', { name: project.name }),
              hint: t('quota.projectCapHint'),
              now: data.keyCap,
              canBeNone: true,
            })
          }
        >
          {t('quota.changeCap')}
        </Button>
      )}
    </Flex>
  );
}
