import { DownOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { projectsQuery } from '../api/queries.ts';
import { part } from '../routes/page.ts';
import { useProjectHere } from './here.ts';

const ProjectChooser = part(async () => (await import('./ProjectChooser.tsx')).ProjectChooser);

/** The project one is at; the list to choose from, with its search, is fetched when it is first wanted. */
export function ProjectSwitcher() {
  const { t } = useTranslation();
  const { data, isPending } = useQuery(projectsQuery);
  const here = useProjectHere();
  // Null: not opened yet; the button has the focus again after that.
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const name = here === undefined ? t('shell.allProjects') : (data?.data.find(({ id }) => id === here)?.name ?? '…');
  // The button stays until the list is there to take its place.
  const open = (): void =>
    void ProjectChooser.fetch()
      .catch(() => undefined)
      .then(() => setOpen(true));
  const button = (
    <Button
      className="switcher"
      aria-label={`${t('shell.project')}: ${name}`}
      aria-haspopup="listbox"
      loading={isPending}
      autoFocus={isOpen === false}
      onClick={open}
    >
      <span className="line">{name}</span>
      <DownOutlined />
    </Button>
  );
  if (!isOpen) return button;
  return (
    <Suspense fallback={button}>
      <ProjectChooser onClose={() => setOpen(false)} />
    </Suspense>
  );
}
