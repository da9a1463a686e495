import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Empty, Flex, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountsQuery, listQuery } from '../../api/queries.ts';
import { useAppearance } from '../../appearance.ts';
import type { QuotaRequest } from '../../quota/queries.ts';
import { List } from '../../shell/List.tsx';
import { Moment } from '../../shell/Moment.tsx';
import { PageHead } from '../../shell/PageHead.tsx';
import { State } from '../../shell/State.tsx';
import type { Column } from '../../shell/Table.tsx';
import { userQuery } from '../queries.ts';
import { Approve, Reject } from './Decide.tsx';
import { STATUSES } from './quotaView.ts';

const SIGNS = { pending: 'warn', approved: 'good', rejected: 'bad', withdrawn: 'off' } as const;

/** What accounts ask for; what waits for an answer first. */
export function QuotaRequestsPage() {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const navigate = useNavigate();
  const { status = 'pending' } = useSearch({ from: '/signedIn/platform/quota-requests' });
  const list = useInfiniteQuery(listQuery<QuotaRequest>(['quotaRequests', 'all'], '/quota-requests', { status }));
  const accounts = useQuery(accountsQuery);
  const [decided, setDecided] = useState<{ request: QuotaRequest; how: 'approve' | 'reject' } | null>(null);
  const nameOf = (id: string) => accounts.data?.data.find((one) => one.id === id)?.name ?? id;
  const number = new Intl.NumberFormat(language);

  const columns: readonly Column<QuotaRequest>[] = [
    {
      key: 'account',
      title: t('quotaRequests.account'),
      render: ({ accountId, askedBy, createdAt }) => (
        <>
          <Link to="/platform/accounts/$accountId" params={{ accountId }} className="any">
            {nameOf(accountId)}
          </Link>
          <div className="soft any">
            <Who id={askedBy} /> · <Moment at={createdAt} />
          </div>
        </>
      ),
    },
    {
      key: 'amount',
      title: t('quotaRequests.amount'),
      render: ({ amount, grantedAmount }) => (
        <>
          {number.format(amount)}
          {grantedAmount !== null && grantedAmount !== amount && (
            <div className="soft">{t('quotaRequests.granted', { amount: number.format(grantedAmount) })}</div>
          )}
        </>
      ),
    },
    {
      key: 'reason',
      title: t('quotaRequests.reason'),
      from: 768,
      render: ({ reason }) => <span className="any">{reason}</span>,
    },
    {
      key: 'status',
      title: t('quotaRequests.status'),
      render: (request) =>
        request.status === 'pending' ? (
          <Flex gap={8} wrap>
            <Button size="small" type="primary" onClick={() => setDecided({ request, how: 'approve' })}>
              {t('quotaRequests.approve')}
            </Button>
            <Button size="small" danger onClick={() => setDecided({ request, how: 'reject' })}>
              {t('quotaRequests.reject')}
            </Button>
          </Flex>
        ) : (
          <>
            <State kind={SIGNS[request.status]}>{t(`quotaRequests.state.${request.status}`)}</State>
            <div className="soft any">{request.note}</div>
          </>
        ),
    },
  ];
  return (
    <>
      <PageHead title={t('quotaRequests.title')} />
      <Segmented
        aria-label={t('quotaRequests.status')}
        value={status}
        onChange={(next) => void navigate({ to: '.', search: { status: next }, replace: true })}
        options={STATUSES.map((value) => ({ value, label: t(`quotaRequests.state.${value}`) }))}
        style={{ marginBottom: 16, maxWidth: '100%', overflowX: 'auto' }}
      />
      <List
        label={t('quotaRequests.title')}
        list={list}
        columns={columns}
        empty={<Empty description={t(status === 'pending' ? 'quotaRequests.none' : 'quotaRequests.noneSo')} />}
      />
      {decided?.how === 'approve' && (
        <Approve
          request={decided.request}
          account={nameOf(decided.request.accountId)}
          onClose={() => setDecided(null)}
        />
      )}
      {decided?.how === 'reject' && (
        <Reject
          request={decided.request}
          account={nameOf(decided.request.accountId)}
          onClose={() => setDecided(null)}
        />
      )}
    </>
  );
}

/** Whoever asked, by name; of a management key its id. */
function Who({ id }: { id: string }) {
  const { data } = useQuery({ ...userQuery(id), enabled: id.startsWith('usr_'), retry: false });
  return <>{data?.name ?? id}</>;
}
