import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Card, Flex, Spin } from 'antd';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { accountQuery } from '../operator/queries.ts';
import { part } from '../routes/page.ts';
import { useMayInAccount } from '../shell/here.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { About } from './About.tsx';
import { AccountSecurityForm } from './AccountSecurityForm.tsx';
import { NameForm } from './NameForm.tsx';

const LimitCare = part(async () => (await import('../limits/LimitCare.tsx')).LimitCare, 'limits');

/** What an account is called, what it asks of its keys and people, and how much all of it may use. */
export function AccountSettingsPage() {
  const { t } = useTranslation();
  const { accountId } = useParams({ from: '/signedIn/accounts/$accountId/settings' });
  const { data: account, error, refetch } = useQuery(accountQuery(accountId));
  const may = useMayInAccount(accountId);
  if (!account)
    return (
      <>
        <PageHead title={t('settings.ofAccount')} />
        {error ? <PageError error={error} reset={() => void refetch()} /> : <Spin />}
      </>
    );
  const { name, nameEditable, limits } = account;
  return (
    <>
      <PageHead title={t('settings.ofAccount')} />
      <Flex vertical gap={16} style={{ maxWidth: 960 }}>
        <Card>
          <NameForm
            key={accountId}
            path={`/accounts/${accountId}`}
            start={{ name, nameEditable }}
            mayChange={may('account.change')}
            refresh={[['account', accountId], ['accounts']]}
          />
        </Card>
        <AccountSecurityForm key={accountId} accountId={accountId} mayChange={may('account.change')} />
        {limits !== undefined && (
          <Suspense fallback={<Spin />}>
            <LimitCare
              title={t('settings.limits')}
              place={`/accounts/${accountId}`}
              limits={limits}
              why={t('settings.accountLimitsWhy')}
              none={t('settings.noAccountLimits')}
              mayChange={may('accountLimits.set')}
              refresh={[['account', accountId]]}
            />
          </Suspense>
        )}
        <About id={account.id} createdAt={account.createdAt} />
      </Flex>
    </>
  );
}
