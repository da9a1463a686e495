import { Card, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Moment } from '../../shell/Moment.tsx';
import { State } from '../../shell/State.tsx';
import type { System } from './queries.ts';

/** The processes that share the store, the one that answers marked. */
export function Nodes({ nodes }: Pick<System, 'nodes'>) {
  const { t } = useTranslation();
  return (
    <Card title={t('system.nodes')}>
      <ul className="nodes">
        {nodes.map(({ id, isHere, alive, leaseUntil }) => (
          <li key={id}>
            <State kind={alive ? 'good' : 'bad'}>{t(alive ? 'system.alive' : 'system.lost')}</State>
            <code className="any">{id}</code>
            {isHere && <Tag>{t('system.thisNode')}</Tag>}
            <span className="soft">
              {leaseUntil === null ? (
                t('system.aloneWhy')
              ) : (
                <>
                  {t('system.leaseUntil')} <Moment at={leaseUntil} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
