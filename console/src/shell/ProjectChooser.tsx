import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { accountsQuery, projectsQuery } from '../api/queries.ts';
import { useProjectHere } from './here.ts';
import { keepProject } from './lastProject.ts';

const ALL = 'all';

/** All projects, to choose one by typing or pointing. Those of several accounts stand below the name of theirs. */
export function ProjectChooser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data } = useQuery(projectsQuery);
  const accounts = useQuery(accountsQuery);
  const here = useProjectHere();
  const projects = data?.data ?? [];
  const owners = [...new Set(projects.map(({ accountId }) => accountId))];
  const nameOf = (accountId: string) => accounts.data?.data.find(({ id }) => id === accountId)?.name ?? accountId;
  const optionsOf = (accountId: string) =>
    projects.filter((one) => one.accountId === accountId).map(({ id, name }) => ({ value: id, label: name }));
  const options =
    owners.length > 1
      ? owners.map((accountId) => ({ label: nameOf(accountId), options: optionsOf(accountId) }))
      : owners.flatMap(optionsOf);
  return (
    <Select
      aria-label={t('shell.project')}
      className="switcher"
      autoFocus
      defaultOpen
      onOpenChange={(open) => !open && onClose()}
      value={here ?? ALL}
      showSearch={{ optionFilterProp: 'label' }}
      popupMatchSelectWidth={240}
      options={[{ value: ALL, label: t('shell.allProjects') }, ...options]}
      onChange={(projectId: string) => {
        if (projectId === ALL) return void navigate({ to: '/projects' });
        keepProject(projectId);
        void navigate({ to: '/projects/$projectId/keys', params: { projectId } });
      }}
    />
  );
}
