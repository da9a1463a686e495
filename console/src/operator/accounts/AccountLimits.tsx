import { PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Card, Empty, Flex, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import type { Limit } from '../../api/types.ts';
import { Meter } from '../../key/LimitMeters.tsx';
import { useAct } from '../../shell/useAct.tsx';
import { useConfirm } from '../../shell/useConfirm.ts';
import { accountQuery } from '../queries.ts';
import { ChangeLimit, SetLimit } from './LimitForms.tsx';

/** What all calls of the account together may use. Only the operator sets it. */
export function AccountLimits({ accountId }: { accountId: string }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const { data, error } = useQuery({ ...accountQuery(accountId), refetchInterval: 15_000 });
  const [isSetting, setSetting] = useState(false);
  const [changed, setChanged] = useState<Limit | null>(null);
  const limits = data?.limits ?? [];
  const refresh = [['account', accountId]];

  const ask = (limit: Limit, what: 'remove' | 'reset') =>
    confirm({
      title: t(`accounts.${what}LimitTitle`),
      content: t(`accounts.${what}LimitWhy`),
      okText: t(`accounts.${what}Limit`),
      onOk: () =>
        void act(
          () => (what === 'remove' ? call('DELETE', `/limits/${limit.id}`) : call('POST', `/limits/${limit.id}/reset`)),
          { done: t(`accounts.${what}LimitDone`), refresh },
        ),
    });

  return (
    <Card
      title={t('accounts.limits')}
      extra={
        <Button size="small" icon={<PlusOutlined />} onClick={() => setSetting(true)}>
          {t('accounts.setLimit')}
        </Button>
      }
      style={{ flex: '1 1 100%', minWidth: 0 }}
    >
      {error && <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />}
      {!data && !error && <Spin />}
      {data && limits.length === 0 && (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('accounts.noLimits')} />
      )}
      <div className="cards">
        {limits.map((limit) => (
          <div key={limit.id}>
            <Meter limit={limit} />
            <Flex gap={4} wrap style={{ marginTop: 4 }}>
              <Button size="small" onClick={() => setChanged(limit)}>
                {t('accounts.change')}
              </Button>
              <Button size="small" onClick={() => ask(limit, 'reset')}>
                {t('accounts.resetLimit')}
              </Button>
              <Button size="small" danger onClick={() => ask(limit, 'remove')}>
                {t('accounts.removeLimit')}
              </Button>
            </Flex>
          </div>
        ))}
      </div>
      {isSetting && <SetLimit accountId={accountId} onClose={() => setSetting(false)} />}
      {changed && <ChangeLimit accountId={accountId} limit={changed} onClose={() => setChanged(null)} />}
    </Card>
  );
}
