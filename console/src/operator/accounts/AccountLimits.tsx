import { useQuery } from '@tanstack/react-query';
import { Spin } from 'antd';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { part } from '../../routes/page.ts';
import { whileThere } from '../../api/queries.ts';
import { PartError } from '../../shell/PartError.tsx';
import { accountQuery } from '../queries.ts';

const LimitCare = part(async () => (await import('../../limits/LimitCare.tsx')).LimitCare, 'limits');

/** What all calls of the account together may use. Only the operator sets it. */
export function AccountLimits({ accountId }: { accountId: string }) {
  const { t } = useTranslation();
  const asked = useQuery({ ...accountQuery(accountId), refetchInterval: whileThere(15_000) });
  return (
    <Suspense fallback={<Spin />}>
      <LimitCare
        title={t('accounts.limits')}
        place={`/accounts/${accountId}`}
        limits={asked.data?.limits ?? []}
        why={t('accounts.limitsWhy')}
        none={t('accounts.noLimits')}
        mayChange
        refresh={[['account', accountId]]}
      >
        {asked.error ? <PartError of={asked} /> : asked.data ? null : <Spin />}
      </LimitCare>
    </Suspense>
  );
}
