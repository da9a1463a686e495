import { ReloadOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import { State } from '../shell/State.tsx';
import type { Column } from '../shell/Table.tsx';
import { AttemptText } from './AttemptText.tsx';
import { deliveriesQuery, type Delivery } from './queries.ts';

const KIND = { delivered: 'good', pending: 'warn', failed: 'bad' } as const;

/** What was sent to a webhook, and what is waiting to be. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery(deliveriesQuery(webhookId));
  const columns: readonly Column<Delivery>[] = [
    {
      key: 'status',
      title: t('webhooks.state'),
      render: ({ status, nextAttemptAt }) => (
        <>
          <State kind={KIND[status]}>{t(`webhooks.delivery.${status}`)}</State>
          {nextAttemptAt !== null && (
            <div className="soft">
              {t('webhooks.next')} <Moment at={nextAttemptAt} />
            </div>
          )}
        </>
      ),
    },
    {
      key: 'event',
      title: t('webhooks.event'),
      render: ({ id, event }) => (
        <>
          {event === 'webhook.test' ? t('webhooks.testEvent') : t(`notices.kinds.${event}`)}
          <div className="soft any from-768">{id}</div>
        </>
      ),
    },
    { key: 'attempts', title: t('webhooks.attempts'), render: ({ attempts }) => <Attempts attempts={attempts} /> },
    { key: 'created', title: t('webhooks.sentAt'), from: 576, render: ({ createdAt }) => <Moment at={createdAt} /> },
  ];
  return (
    <>
      <Button
        size="small"
        icon={<ReloadOutlined spin={list.isFetching} />}
        onClick={() => void list.refetch()}
        style={{ marginBottom: 12 }}
      >
        {t('webhooks.refresh')}
      </Button>
      <List
        label={t('webhooks.deliveries')}
        list={list}
        columns={columns}
        empty={<Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('webhooks.noDeliveries')} />}
      />
    </>
  );
}

/** The last attempt, and the ones before it when they are wanted. */
function Attempts({ attempts }: Pick<Delivery, 'attempts'>) {
  const { t } = useTranslation();
  const last = attempts.at(-1);
  if (!last) return <>{t('webhooks.notTried')}</>;
  if (attempts.length === 1) return <AttemptText attempt={last} />;
  return (
    <details>
      <summary>
        {t('webhooks.tried', { count: attempts.length })} <AttemptText attempt={last} />
      </summary>
      <ol style={{ margin: 0, paddingInlineStart: 20 }}>
        {attempts.map((attempt) => (
          <li key={attempt.at}>
            <Moment at={attempt.at} /> · <AttemptText attempt={attempt} />
          </li>
        ))}
      </ol>
    </details>
  );
}
