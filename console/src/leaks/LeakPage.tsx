import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Alert, Button, Card, Flex, Spin } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts } from '../shell/Facts.tsx';
import { useMayInAccount, useMayInProject } from '../shell/here.ts';
import { State } from '../shell/State.tsx';
import { Moment } from '../shell/Moment.tsx';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { CloseLeak } from './CloseLeak.tsx';
import { leakQuery } from './queries.ts';
import { ReplacementStep } from './ReplacementStep.tsx';
import { SourceStep } from './SourceStep.tsx';
import { isDone, STEPS, type Step, type StepProps } from './steps.ts';
import { StepsDone } from './StepsDone.tsx';
import { StopStep } from './StopStep.tsx';
import type { Leak } from './types.ts';
import { UseStep } from './UseStep.tsx';

const PARTS: Record<Step, (props: StepProps) => ReactNode> = {
  stopped: StopStep,
  use: UseStep,
  replacement: ReplacementStep,
  places: SourceStep,
};

/** One key that got out: four steps, in their order, each saved as it is done. */
export function LeakPage() {
  const { t } = useTranslation();
  const { projectId, accountId, reportId = '' } = useParams({ strict: false });
  const { data: leak, error, refetch } = useQuery(leakQuery(reportId));
  const mayInProject = useMayInProject(projectId);
  const mayInAccount = useMayInAccount(accountId);
  const [isClosing, setClosing] = useState(false);
  if (!leak) return error ? <PageError error={error} reset={() => void refetch()} /> : <Spin />;
  const isOpen = leak.status === 'open';
  const mayWork = isOpen && (mayInProject('leaks.manage') || mayInAccount('leaks.manage'));

  return (
    <>
      {projectId === undefined ? (
        <Link to="/accounts/$accountId/leaks" params={{ accountId: leak.accountId }}>
          ← {t('leaks.title')}
        </Link>
      ) : (
        <Link to="/projects/$projectId/leaks" params={{ projectId }}>
          ← {t('leaks.title')}
        </Link>
      )}
      <PageHead
        title={t('leak.title', { name: leak.key.name })}
        beside={
          <>
            <code>{leak.key.masked}</code>
            <StepsDone leak={leak} />
          </>
        }
      >
        {mayWork && (
          <Button type={leak.left.length === 0 ? 'primary' : 'default'} onClick={() => setClosing(true)}>
            {t('leak.close')}
          </Button>
        )}
      </PageHead>
      {error && <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />}
      <Card style={{ marginBottom: 16 }}>
        <About leak={leak} />
      </Card>
      <Flex vertical gap={16} component="ol" className="plain">
        {STEPS.map((step, at) => {
          const Part = PARTS[step];
          return (
            <li key={step}>
              <Card
                title={`${at + 1}. ${t(`leak.step.${step}`)}`}
                extra={isOpen && <Done isDone={isDone(leak, step)} />}
              >
                <Part leak={leak} mayWork={mayWork} />
              </Card>
            </li>
          );
        })}
      </Flex>
      {isClosing && <CloseLeak leak={leak} onClose={() => setClosing(false)} />}
    </>
  );
}

function Done({ isDone: done }: { isDone: boolean }) {
  const { t } = useTranslation();
  return <State kind={done ? 'good' : 'warn'}>{done ? t('leak.done') : t('leak.open')}</State>;
}

/** Who said so, where it was found, and since when its use is suspect. */
function About({ leak }: { leak: Leak }) {
  const { t } = useTranslation();
  const said = (origin: Leak['origin'], foundAt: string | null, at: string) => (
    <div>
      {t(`leaks.by.${origin}`)} · <Moment at={at} />
      <div className="soft any">{foundAt ?? t('leaks.nowhere')}</div>
    </div>
  );
  return (
    <Facts
      facts={[
        [t('leaks.said'), said(leak.origin, leak.foundAt, leak.createdAt)],
        ...leak.finds.map(
          ({ origin, foundAt, at }, index) =>
            [t('leak.again', { count: index + 2 }), said(origin, foundAt, at)] as const,
        ),
        [t('leak.since'), <Moment key="since" at={leak.since} />],
        ...(leak.status === 'closed' ? [[t('leaks.status.closed'), <Closed key="closed" leak={leak} />] as const] : []),
      ]}
    />
  );
}

function Closed({ leak: { closedAt, reason } }: { leak: Leak }) {
  return (
    <div>
      <Moment at={closedAt} />
      {reason !== null && <div className="any">{reason}</div>}
    </div>
  );
}
