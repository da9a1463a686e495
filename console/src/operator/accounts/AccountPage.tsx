import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Button, Card, Flex, Spin, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { Copied, OnceDialog } from '../../shell/OnceDialog.tsx';
import { Facts } from '../../shell/Facts.tsx';
import { Moment } from '../../shell/Moment.tsx';
import { PageError } from '../../shell/PageError.tsx';
import { PageHead } from '../../shell/PageHead.tsx';
import { useAct } from '../../shell/useAct.tsx';
import { useConfirm } from '../../shell/useConfirm.ts';
import { accountQuery, allGroupsQuery, type AccountDetails, type OneTimeLink } from '../queries.ts';
import { AccountLimits } from './AccountLimits.tsx';
import { AccountProjects } from './AccountProjects.tsx';
import { AccountQuotaCard } from './AccountQuotaCard.tsx';
import { AccountStatus } from './AccountStatus.tsx';
import { EditAccount } from './EditAccount.tsx';
import { InviteOwner } from './InviteOwner.tsx';

/** The account of the operator's own management keys. It holds no projects and is never suspended. */
const PLATFORM = 'acc_platform';

/** One tenant, as its operator sees it. */
export function AccountPage() {
  const { t } = useTranslation();
  const { accountId } = useParams({ from: '/signedIn/platform/accounts/$accountId' });
  const { data: account, error, refetch } = useQuery(accountQuery(accountId));
  const [open, setOpen] = useState<'edit' | 'invite' | null>(null);
  const [link, setLink] = useState<OneTimeLink | null>(null);
  if (!account) return error ? <PageError error={error} reset={() => void refetch()} /> : <Spin />;
  const isPlatform = account.id === PLATFORM;

  return (
    <>
      <Link to="/platform/accounts">← {t('accounts.title')}</Link>
      <PageHead title={account.name} beside={<AccountStatus status={account.status} />}>
        {!isPlatform && <Button onClick={() => setOpen('invite')}>{t('accounts.invite')}</Button>}
        <Button onClick={() => setOpen('edit')}>{t('accounts.edit')}</Button>
        {!isPlatform && <Suspension account={account} />}
      </PageHead>
      {isPlatform && <p className="soft">{t('accounts.platformWhy')}</p>}
      <Flex gap={16} wrap align="stretch">
        <Card title={t('accounts.about')} style={{ flex: '1 1 380px', minWidth: 0 }}>
          <AccountFacts account={account} />
        </Card>
        <AccountQuotaCard accountId={account.id} />
        <AccountLimits accountId={account.id} />
        {!isPlatform && <AccountProjects accountId={account.id} />}
      </Flex>
      {open === 'edit' && <EditAccount account={account} onClose={() => setOpen(null)} />}
      {open === 'invite' && <InviteOwner account={account} onClose={() => setOpen(null)} onInvited={setLink} />}
      {link && (
        <OnceDialog title={t('accounts.invited')} why={t('accounts.linkWhy')} onClose={() => setLink(null)}>
          <Copied text={link.url} label={t('accounts.copyLink')} />
        </OnceDialog>
      )}
    </>
  );
}

/** Suspending stops every key of the account; the question says so, and it can be taken back. */
function Suspension({ account: { id, name, status } }: { account: AccountDetails }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const set = (next: AccountDetails['status']) => call('PATCH', `/accounts/${id}`, { body: { status: next } });
  const refresh = [['account', id], ['accounts']];
  if (status === 'suspended')
    return (
      <Button
        type="primary"
        onClick={() => void act(() => set('active'), { done: t('accounts.resumed', { name }), refresh })}
      >
        {t('accounts.resume')}
      </Button>
    );
  return (
    <Button
      danger
      onClick={() =>
        confirm({
          title: t('accounts.suspendTitle', { name }),
          content: t('accounts.suspendWhy'),
          okText: t('accounts.suspend'),
          onOk: () =>
            void act(() => set('suspended'), {
              done: t('accounts.suspended', { name }),
              refresh,
              undo: () => set('active'),
            }),
        })
      }
    >
      {t('accounts.suspend')}
    </Button>
  );
}

function AccountFacts({ account }: { account: AccountDetails }) {
  const { t } = useTranslation();
  const groups = useQuery(allGroupsQuery);
  const group = groups.data?.data.find(({ id }) => id === account.defaultGroupId);
  return (
    <Facts
      facts={[
        [t('accounts.group'), group?.name ?? account.defaultGroupId ?? t('accounts.noGroup')],
        [t('accounts.keyNames'), t(account.nameEditable ? 'accounts.namesChange' : 'accounts.namesStay')],
        [t('accounts.created'), <Moment key="created" at={account.createdAt} />],
        [
          'ID',
          <Typography.Text key="id" copyable className="mono any">
            {account.id}
          </Typography.Text>,
        ],
      ]}
    />
  );
}
