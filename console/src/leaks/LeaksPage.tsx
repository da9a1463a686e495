import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Button, Empty, Flex, Segmented, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rightsQuery } from '../api/queries.ts';
import { Choice } from '../shell/Choice.tsx';
import { useMayInProject } from '../shell/here.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import type { Column } from '../shell/Table.tsx';
import { KeySelect } from '../usage/KeySelect.tsx';
import type { Place } from '../usage/queries.ts';
import { LeakLink, useOpenLeak } from './LeakLink.tsx';
import { ORIGINS, type LeaksView } from './leaksView.ts';
import { leaksQuery } from './queries.ts';
import { ReportLeak } from './ReportLeak.tsx';
import { StepsDone } from './StepsDone.tsx';
import type { Leak } from './types.ts';

/** Keys of a project that got out, and how far what is done about each has come. */
export function LeaksPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/leaks' });
  const view = useSearch({ from: '/signedIn/projects/$projectId/leaks' });
  const show = (next: LeaksView) => void navigate({ to: '.', search: next, replace: true });
  return <Leaks title={t('leaks.title')} place={{ projectId }} view={view} show={show} />;
}

/** The same of all keys of an account. */
export function AccountLeaksPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/leaks' });
  const view = useSearch({ from: '/signedIn/accounts/$accountId/leaks' });
  const show = (next: LeaksView) => void navigate({ to: '.', search: next, replace: true });
  return <Leaks title={t('leaks.ofAccount')} place={{ accountId }} view={view} show={show} />;
}

function Leaks(props: { title: string; place: Place; view: LeaksView; show: (next: LeaksView) => void }) {
  const { title, place, view, show } = props;
  const { t } = useTranslation();
  const projectId = 'projectId' in place ? place.projectId : undefined;
  const rights = useQuery({ ...rightsQuery(projectId ?? ''), enabled: projectId !== undefined });
  // Whoever sees their own keys alone names one of them.
  const seesOwnOnly = rights.data?.permissions['leaks.read'] === 'own';
  const mustChoose = seesOwnOnly && view.keyId === undefined;
  const list = useInfiniteQuery({
    ...leaksQuery(place, view),
    enabled: !mustChoose && (projectId === undefined || !rights.isPending),
  });
  const open = useOpenLeak();
  const mayReport = useMayInProject(projectId)('leaks.manage');
  const [isReporting, setReporting] = useState(false);
  const isFiltered = view.status !== undefined || view.origin !== undefined || view.keyId !== undefined;

  const columns: readonly Column<Leak>[] = [
    { key: 'key', title: t('leaks.key'), render: (leak) => <LeakLink leak={leak} /> },
    {
      key: 'who',
      title: t('leaks.said'),
      from: 576,
      render: ({ origin, foundAt, finds }) => (
        <>
          {t(`leaks.by.${origin}`)}
          {finds.length > 0 && <Tag style={{ marginInlineStart: 8 }}>{t('leaks.again', { count: finds.length })}</Tag>}
          <div className="soft any">{foundAt ?? t('leaks.nowhere')}</div>
        </>
      ),
    },
    { key: 'steps', title: t('leaks.steps'), render: (leak) => <StepsDone leak={leak} /> },
    { key: 'at', title: t('leaks.at'), from: 768, render: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
  return (
    <>
      <PageHead title={title}>
        {'projectId' in place && mayReport && (
          <Button type="primary" onClick={() => setReporting(true)}>
            {t('leaks.report')}
          </Button>
        )}
      </PageHead>
      {isReporting && 'projectId' in place && <ReportLeak of={place} onClose={() => setReporting(false)} />}
      <p className="soft">{t('leaks.why')}</p>
      <Flex gap={8} wrap style={{ marginBottom: 16 }}>
        {seesOwnOnly && projectId !== undefined && (
          <KeySelect
            projectId={projectId}
            label={t('leaks.key')}
            placeholder={t('leaks.yourKey')}
            value={view.keyId}
            onChange={(keyId) => show({ ...view, keyId })}
          />
        )}
        <Segmented<'all' | 'open' | 'closed'>
          aria-label={t('leaks.which')}
          value={view.status ?? ('all' as const)}
          onChange={(status) => show({ ...view, status: status === 'all' ? undefined : status })}
          options={(['all', 'open', 'closed'] as const).map((value) => ({ value, label: t(`leaks.status.${value}`) }))}
        />
        <Choice
          label={t('leaks.said')}
          value={view.origin}
          options={ORIGINS.map((value) => ({ value, label: t(`leaks.by.${value}`) }))}
          onChange={(origin) => show({ ...view, origin: ORIGINS.find((one) => one === origin) })}
        />
      </Flex>
      {mustChoose ? (
        <Empty description={t('leaks.chooseOwn')} style={{ marginTop: 32 }} />
      ) : (
        <List
          label={title}
          list={list}
          columns={columns}
          onOpen={open}
          empty={<Empty description={isFiltered ? t('leaks.noneFound') : t('leaks.none')} />}
        />
      )}
    </>
  );
}
