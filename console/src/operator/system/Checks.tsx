import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Card, Progress } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { call, LONG_WAIT_MS } from '../../api/client.ts';
import { Moment } from '../../shell/Moment.tsx';
import { State } from '../../shell/State.tsx';
import { Table, type Column } from '../../shell/Table.tsx';
import type { AuditCheck, LedgerCheck } from './queries.ts';

/** Proofs that can be asked for: that all counters are what the ledger says, and that nobody edited the audit log. */
export function Checks() {
  const { t } = useTranslation();
  const ledger = useMutation({
    mutationFn: () => call<LedgerCheck>('POST', '/ledger/verify', { body: {}, waitMs: LONG_WAIT_MS }),
  });
  const audit = useMutation({
    mutationFn: () => call<AuditCheck>('GET', '/audit-events/verify', { waitMs: LONG_WAIT_MS }),
  });
  return (
    <>
      <Check
        title={t('system.ledger')}
        why={t('system.ledgerWhy')}
        action={t('system.checkLedger')}
        isRunning={ledger.isPending}
        error={ledger.error}
        onRun={() => ledger.mutate()}
      >
        {ledger.data && <LedgerResult check={ledger.data} />}
      </Check>
      <Check
        title={t('system.audit')}
        why={t('system.auditWhy')}
        action={t('system.checkAudit')}
        isRunning={audit.isPending}
        error={audit.error}
        onRun={() => audit.mutate()}
      >
        {audit.data && <AuditResult check={audit.data} />}
      </Check>
    </>
  );
}

function Check(props: {
  title: string;
  why: string;
  action: string;
  isRunning: boolean;
  error: Error | null;
  onRun: () => void;
  children: ReactNode;
}) {
  const { title, why, action, isRunning, error, onRun, children } = props;
  const { t } = useTranslation();
  return (
    <Card title={title}>
      <p className="soft">{why}</p>
      <Button loading={isRunning} onClick={onRun}>
        {action}
      </Button>
      <div role="status" style={{ marginTop: 12 }}>
        {isRunning ? (
          <>
            <Progress percent={100} status="active" showInfo={false} aria-label={t('system.checking')} />
            <span className="soft">{t('system.checkingWhy')}</span>
          </>
        ) : error ? (
          <Alert type="error" showIcon title={error.message} />
        ) : (
          children
        )}
      </div>
    </Card>
  );
}

type Difference = LedgerCheck['data'][number] & { readonly id: string };

function LedgerResult({ check }: { check: LedgerCheck }) {
  const { t } = useTranslation();
  const columns: readonly Column<Difference>[] = [
    { key: 'limit', title: t('system.limit'), render: ({ limitId }) => <code className="any">{limitId}</code> },
    {
      key: 'subject',
      title: t('system.subject'),
      from: 768,
      render: ({ subjectId }) => <code className="any">{subjectId}</code>,
    },
    { key: 'stored', title: t('system.stored'), render: ({ stored }) => `${stored.settled} + ${stored.reserved}` },
    { key: 'derived', title: t('system.derived'), render: ({ derived }) => `${derived.settled} + ${derived.reserved}` },
  ];
  if (check.differences === 0)
    return (
      <>
        <State kind="good">{t('system.ledgerFine')}</State>{' '}
        <span className="soft">
          <Moment at={check.checkedAt} />
        </span>
      </>
    );
  return (
    <>
      <p>
        <State kind="bad">{t('system.ledgerDiffers', { count: check.differences })}</State>
      </p>
      <Table
        label={t('system.ledger')}
        columns={columns}
        rows={check.data.map((one) => ({ ...one, id: `${one.limitId} ${one.subjectId} ${one.windowStart}` }))}
        loading={false}
        empty=""
      />
    </>
  );
}

function AuditResult({ check }: { check: AuditCheck }) {
  const { t } = useTranslation();
  if (!check.ok)
    return (
      <State kind="bad">{t(`system.auditBroken.${check.problem ?? 'changed'}`, { seq: check.brokenSeq ?? '?' })}</State>
    );
  return (
    <>
      <State kind="good">{t('system.auditFine', { count: check.events ?? 0 })}</State>
      {check.head && (
        <div className="soft any">
          {t('system.auditHead', { seq: check.head.seq })} <code>{check.head.hash}</code>
        </div>
      )}
    </>
  );
}
