import { CheckCircleFilled } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { Card, Progress, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { projectsQuery, rightsQuery } from '../api/queries.ts';
import { useMayInProject } from '../shell/here.ts';
import { lastProject } from '../shell/lastProject.ts';
import { PartError } from '../shell/PartError.tsx';
import { progressQuery } from './queries.ts';

type Step = 'key' | 'used' | 'limits' | 'members';

/** What to do first in the project that was looked at last; it knows what is done. */
export function FirstSteps() {
  const { t } = useTranslation();
  const projects = useQuery(projectsQuery).data?.data ?? [];
  const project = projects.find(({ id }) => id === lastProject()) ?? projects[0];
  const may = useMayInProject(project?.id);
  const rights = useQuery({ ...rightsQuery(project?.id ?? ''), enabled: project !== undefined }).data?.permissions;
  const progress = useQuery({
    ...progressQuery(project?.id ?? '', {
      usage: rights?.['usage.read'] === 'allowed',
      members: may('projectMembers.manage'),
    }),
    enabled: may('keys.read'),
  });
  const { data } = progress;
  if (project === undefined || !may('keys.read')) return null;
  const params = { projectId: project.id };
  const wheres: Record<Step, LinkProps> = {
    key: may('keys.create')
      ? { to: '/projects/$projectId/keys', params, search: { create: true } }
      : { to: '/projects/$projectId/keys', params },
    used: { to: '/projects/$projectId/models', params },
    limits: { to: '/projects/$projectId/keys', params },
    members: { to: '/projects/$projectId/members', params },
  };
  const steps = (['key', 'used', 'limits', 'members'] as const).filter((step) => data?.[step] !== undefined);
  const done = steps.filter((step) => data?.[step] === true).length;
  return (
    <Card
      title={t('help.first', { name: project.name })}
      extra={data && t('help.done', { done, all: steps.length })}
      style={{ flex: '2 1 460px', minWidth: 0 }}
    >
      <PartError of={progress} />
      {!data && !progress.error && <Spin />}
      {data && (
        <>
          <Progress
            percent={(done / steps.length) * 100}
            showInfo={false}
            aria-label={t('help.done', { done, all: steps.length })}
          />
          <ol className="steps">
            {steps.map((step) => (
              <li key={step}>
                <Sign isDone={data[step] === true} />
                <span>
                  <strong>{t(`help.step.${step}.what`)}</strong>
                  <br />
                  <span className="soft">{t(`help.step.${step}.how`)}</span>
                </span>
                {!data[step] && <Link {...wheres[step]}>{t(`help.step.${step}.go`)}</Link>}
              </li>
            ))}
          </ol>
        </>
      )}
    </Card>
  );
}

function Sign({ isDone }: { isDone: boolean }) {
  const { t } = useTranslation();
  const told = t(isDone ? 'help.isDone' : 'help.isOpen');
  return isDone ? (
    <CheckCircleFilled style={{ fontSize: 20, color: '#2a937a' }} aria-label={told} />
  ) : (
    <span role="img" aria-label={told} className="step-open" />
  );
}
