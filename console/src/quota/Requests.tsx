import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { useAppearance } from '../appearance.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import { State } from '../shell/State.tsx';
import type { Column } from '../shell/Table.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { quotaRequestsQuery, type QuotaRequest } from './queries.ts';

const KINDS = { pending: 'warn', approved: 'good', rejected: 'bad', withdrawn: 'off' } as const;

/** What was asked for, and what became of it. */
export function Requests({ accountId, mayAsk }: { accountId: string; mayAsk: boolean }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const list = useInfiniteQuery(quotaRequestsQuery(accountId));
  const me = useQuery(sessionQuery).data?.user.id;
  const number = new Intl.NumberFormat(useAppearance().language);

  const withdraw = ({ id }: QuotaRequest) =>
    confirm({
      title: t('quota.withdrawTitle'),
      content: t('quota.withdrawWhy'),
      okText: t('quota.withdraw'),
      onOk: () =>
        act(() => call('POST', `/quota-requests/${id}/withdraw`), {
          done: t('quota.withdrawn'),
          refresh: [['quotaRequests', accountId]],
        }),
    });

  const columns: readonly Column<QuotaRequest>[] = [
    {
      key: 'status',
      title: t('quota.statusTitle'),
      render: ({ status }) => (
        <span style={{ whiteSpace: 'nowrap' }}>
          <State kind={KINDS[status]}>{t(`quota.status.${status}`)}</State>
        </span>
      ),
    },
    {
      key: 'amount',
      title: t('quota.amountShort'),
      kind: 'short',
      render: ({ amount, grantedAmount }) =>
        grantedAmount === null || grantedAmount === amount
          ? number.format(amount)
          : t('quota.granted', { amount: number.format(amount), grantedAmount: number.format(grantedAmount) }),
    },
    {
      key: 'reason',
      title: t('quota.reason'),
      render: ({ reason, note }) => (
        <>
          <span className="any">{reason}</span>
          {note !== null && note !== '' && <div className="soft any">{t('quota.note', { note })}</div>}
        </>
      ),
    },
    { key: 'created', title: t('quota.created'), from: 768, render: ({ createdAt }) => <Moment at={createdAt} /> },
    {
      key: 'decided',
      title: t('quota.decided'),
      from: 992,
      render: ({ decidedAt, status }) => (status === 'withdrawn' ? '–' : <Moment at={decidedAt} />),
    },
    {
      key: 'actions',
      title: '',
      render: (request) =>
        request.status === 'pending' &&
        request.askedBy === me && (
          <Button size="small" onClick={() => withdraw(request)}>
            {t('quota.withdraw')}
          </Button>
        ),
    },
  ];
  return (
    <List
      label={t('quota.requests')}
      list={list}
      columns={columns}
      empty={
        <Empty
          image={Empty.PRESENTED_IMAGE_SIMPLE}
          description={mayAsk ? t('quota.noRequests') : t('quota.noneYours')}
        />
      }
    />
  );
}
