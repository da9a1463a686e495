import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Spin, Statistic } from 'antd';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../../appearance.ts';
import { Facts } from '../../shell/Facts.tsx';
import { Moment } from '../../shell/Moment.tsx';
import { PageHead } from '../../shell/PageHead.tsx';
import { State } from '../../shell/State.tsx';
import { Abandoned } from './Abandoned.tsx';
import { Checks } from './Checks.tsx';
import { Nodes } from './Nodes.tsx';
import { readinessQuery, systemQuery, type System } from './queries.ts';
import { Revocation } from './Revocation.tsx';
import { Settings } from './Settings.tsx';
import './system.css';

/** How this node, its store and its promises stand. It looks again every few seconds. */
export function SystemPage() {
  const { t } = useTranslation();
  const { data: system, error } = useQuery(systemQuery);
  const isDown = error !== null;
  const readiness = useQuery({ ...readinessQuery, enabled: isDown });
  return (
    <>
      <PageHead
        title={t('system.title')}
        beside={
          system && (
            <State kind={isDown || !system.ready ? 'bad' : 'good'}>
              {t(isDown || !system.ready ? 'system.notReady' : 'system.ready')}
            </State>
          )
        }
      />
      {error && (
        <Alert
          type="error"
          showIcon
          title={error.message}
          description={readiness.data && t('system.readyz', { said: readiness.data.trim() })}
          style={{ marginBottom: 16 }}
        />
      )}
      {(system?.reasons ?? []).map((reason) => (
        <Alert key={reason} type="error" showIcon title={reason} style={{ marginBottom: 16 }} />
      ))}
      {!system && !error && <Spin />}
      {system && <Overview system={system} />}
      <div className="tiles">
        <Checks />
      </div>
      <Abandoned />
      {system && <Settings settings={system.settings} />}
    </>
  );
}

function Overview({ system }: { system: System }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const number = new Intl.NumberFormat(language);
  const { store, counts, regions } = system;
  return (
    <div className="tiles">
      <Card title={t('system.counts')}>
        <div className="figures">
          {(['accounts', 'projects', 'keys', 'users'] as const).map((name) => (
            <Statistic key={name} title={t(`system.count.${name}`)} value={number.format(counts[name])} />
          ))}
        </div>
      </Card>
      <Card title={t('system.store')}>
        <Facts
          facts={[
            [t('system.engine'), t(`system.engines.${store.engine}`)],
            [
              t('system.answers'),
              <State key="answers" kind={store.checkMs === null ? 'bad' : 'good'}>
                {store.checkMs === null ? t('system.readOnly') : t('system.writes', { ms: store.checkMs })}
              </State>,
            ],
            [t('system.schema'), <code key="schema">{store.schema}</code>],
            [t('system.version'), `${system.version} · ${system.runtime}`],
            [t('system.started'), <Moment key="started" at={system.startedAt} />],
            [
              t('system.regions'),
              regions.all.length === 0
                ? t('system.noRegions')
                : regions.all.map(({ id }) => (id === regions.own ? `${id} (${t('system.here')})` : id)).join(', '),
            ],
          ]}
        />
      </Card>
      <Revocation revocation={system.revocation} />
      <Nodes nodes={system.nodes} />
    </div>
  );
}
