import { Card } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../shell/Facts.tsx';
import { Moment } from '../../shell/Moment.tsx';
import { State } from '../../shell/State.tsx';
import type { System } from './queries.ts';

/** The promise that what is revoked stops, beside what was seen of it. */
export function Revocation({ revocation }: { revocation: System['revocation'] }) {
  const { t } = useTranslation();
  const { promisedMs, boundMs, keyAgeMs, sweepMs, worstSweepMs, worstSweepAt, catalogueAgeMs } = revocation;
  const isKept = boundMs <= promisedMs;
  const sweeps: readonly [string, ReactNode] = [
    t('system.sweeps'),
    <span key="sweeps">
      {t('system.sweepsAre', { ms: sweepMs, worst: worstSweepMs })}{' '}
      {worstSweepAt !== null && (
        <span className="soft">
          (<Moment at={worstSweepAt} />)
        </span>
      )}
    </span>,
  ];
  if (promisedMs === 0)
    return (
      <Card title={t('system.revocation')}>
        <p>
          <State kind="good">{t('system.atOnce')}</State>
        </p>
        <p className="soft">{t('system.atOnceWhy')}</p>
        <Facts facts={[sweeps]} />
      </Card>
    );
  const told = t('system.bound', { seen: boundMs, promised: promisedMs });
  return (
    <Card title={t('system.revocation')}>
      <State kind={isKept ? 'good' : 'bad'}>{t(isKept ? 'system.kept' : 'system.broken')}</State>
      <div className="gauge" role="img" aria-label={told}>
        <span className={isKept ? 'good' : 'bad'} style={{ width: `${Math.min(100, (boundMs / promisedMs) * 80)}%` }} />
        <i style={{ left: '80%' }} />
      </div>
      <p>{told}</p>
      <Facts
        facts={[
          [t('system.keyAge'), t('system.atMost', { ms: keyAgeMs })],
          sweeps,
          [t('system.catalogueAge'), catalogueAgeMs === null ? '–' : t('system.ago', { ms: catalogueAgeMs })],
        ]}
      />
      <p className="soft" style={{ marginBottom: 0 }}>
        {t('system.boundWhy')}
      </p>
    </Card>
  );
}
