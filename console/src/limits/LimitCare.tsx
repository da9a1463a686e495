import { PlusOutlined } from '@ant-design/icons';
import type { QueryKey } from '@tanstack/react-query';
import { Button, Card, Empty, Flex } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import type { Limit } from '../api/types.ts';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { ChangeLimit, SetLimit } from './LimitForms.tsx';
import { Meter } from './LimitMeters.tsx';

/** Limits of one thing and all that can be done with them: set, change, start anew, remove. */
export function LimitCare(props: {
  title: string;
  /** What they are set on, as `/keys/key_…`. */
  place: string;
  limits: readonly Limit[];
  /** What they count, and what is said where there is none. */
  why: string;
  none: string;
  mayChange: boolean;
  /** What is to be read anew after a change. */
  refresh: readonly QueryKey[];
  /** What stands above the limits. */
  children?: ReactNode;
  /** What else can be done with all of them. */
  actions?: ReactNode;
}) {
  const { title, place, limits, why, none, mayChange, refresh, children, actions } = props;
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const [isSetting, setSetting] = useState(false);
  const [changed, setChanged] = useState<Limit | null>(null);

  const ask = (limit: Limit, what: 'remove' | 'reset') =>
    confirm({
      title: t(`limitCare.${what}Title`),
      content: t(`limitCare.${what}Why`),
      okText: t(`limitCare.${what}`),
      onOk: () =>
        void act(
          () => (what === 'remove' ? call('DELETE', `/limits/${limit.id}`) : call('POST', `/limits/${limit.id}/reset`)),
          { done: t(`limitCare.${what}Done`), refresh },
        ),
    });

  return (
    <Card
      title={title}
      extra={
        mayChange && (
          <Flex gap={8} wrap justify="end">
            <Button size="small" icon={<PlusOutlined />} onClick={() => setSetting(true)}>
              {t('limitCare.set')}
            </Button>
            {actions}
          </Flex>
        )
      }
      className="wrapping"
      style={{ flex: '1 1 100%', minWidth: 0 }}
    >
      {children}
      {limits.length === 0 && !children && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={none} />}
      <div className="cards">
        {limits.map((limit) => (
          <div key={limit.id}>
            <Meter limit={limit} />
            {mayChange && (
              <Flex gap={4} wrap style={{ marginTop: 4 }}>
                <Button size="small" onClick={() => setChanged(limit)}>
                  {t('limitCare.change')}
                </Button>
                <Button size="small" onClick={() => ask(limit, 'reset')}>
                  {t('limitCare.reset')}
                </Button>
                <Button size="small" danger onClick={() => ask(limit, 'remove')}>
                  {t('limitCare.remove')}
                </Button>
              </Flex>
            )}
          </div>
        ))}
      </div>
      {isSetting && <SetLimit place={place} why={why} refresh={refresh} onClose={() => setSetting(false)} />}
      {changed && <ChangeLimit limit={changed} refresh={refresh} onClose={() => setChanged(null)} />}
    </Card>
  );
}
