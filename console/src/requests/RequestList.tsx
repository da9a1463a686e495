import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Empty, Tag, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyNamesQuery } from '../api/queries.ts';
import { useAppearance } from '../appearance.ts';
import { sayingAmounts } from '../shell/amounts.ts';
import { Exactly } from '../shell/Exactly.tsx';
import { List } from '../shell/List.tsx';
import type { Column } from '../shell/Table.tsx';
import { requestsQuery } from './queries.ts';
import { RequestDetails } from './RequestDetails.tsx';
import type { RequestsView } from './requestsView.ts';
import type { Request } from './types.ts';
import { Status } from './Status.tsx';
import { useNumbers } from './useNumbers.ts';

/** One line for each request that was let through; a row opens all that is known of it. */
export function RequestList(props: {
  projectId: string;
  view: RequestsView;
  isOfOneKey: boolean;
  show: (change: Partial<RequestsView>) => void;
}) {
  const { projectId, view, isOfOneKey, show } = props;
  const { t } = useTranslation();
  const list = useInfiniteQuery(requestsQuery(projectId, view));
  const names = useQuery({ ...keyNamesQuery(projectId), enabled: !isOfOneKey });
  const [open, setOpen] = useState<Request | null>(null);
  const { number, latency } = useNumbers();
  const { language } = useAppearance();
  const costs = list.data?.pages.flatMap(({ data }) => data.map(({ cost }) => Number(cost))) ?? [];
  const amount = sayingAmounts(Math.max(0, ...costs), language);
  const isFiltered = [isOfOneKey ? undefined : view.keyId, view.status, view.model, view.address].some(
    (one) => one !== undefined,
  );

  const columns: readonly Column<Request>[] = [
    {
      key: 'at',
      title: t('requests.time'),
      render: (request) => (
        <Button type="link" size="small" style={{ padding: 0 }} onClick={() => setOpen(request)}>
          <Exactly at={request.startedAt} />
        </Button>
      ),
    },
    ...(isOfOneKey
      ? []
      : [
          {
            key: 'key',
            title: t('requests.key'),
            from: 576,
            render: ({ keyId }: Request) => <span className="any">{names.data?.get(keyId) ?? keyId}</span>,
          } as const,
        ]),
    {
      key: 'model',
      title: t('requests.model'),
      render: ({ resource, route }) => <span className="any">{resource?.name ?? route}</span>,
    },
    { key: 'status', title: t('requests.status'), render: (request) => <Status request={request} /> },
    { key: 'address', title: t('requests.address'), from: 992, render: ({ address }) => address ?? '–' },
    {
      key: 'tokens',
      title: t('unit.tokens'),
      from: 768,
      kind: 'number',
      render: ({ inputTokens, outputTokens, usageSource }) => (
        <>
          {number.format(inputTokens)} → {number.format(outputTokens)}
          {usageSource === 'estimated' && (
            <>
              {' '}
              <Tooltip title={t('requests.estimatedWhy')}>
                <Tag>{t('requests.estimated')}</Tag>
              </Tooltip>
            </>
          )}
        </>
      ),
    },
    {
      key: 'cost',
      title: t('unit.cost'),
      from: 576,
      kind: 'number',
      render: ({ cost }) => (cost === null ? t('requests.noPrice') : amount(Number(cost))),
    },
    {
      key: 'latency',
      title: t('requests.latency'),
      from: 1200,
      kind: 'number',
      render: ({ durationMs }) => latency(durationMs),
    },
  ];

  return (
    <>
      <List
        label={t('requests.title')}
        list={list}
        columns={columns}
        onOpen={setOpen}
        empty={
          <Empty description={isFiltered ? t('requests.noneFound') : t('requests.none')}>
            {!isFiltered && (
              <Link to="/projects/$projectId/models" params={{ projectId }}>
                {t('requests.toModels')}
              </Link>
            )}
          </Empty>
        }
      />
      {open && (
        <RequestDetails
          request={open}
          keyName={names.data?.get(open.keyId) ?? open.keyId}
          onClose={() => setOpen(null)}
          show={(change) => {
            setOpen(null);
            show(change);
          }}
        />
      )}
    </>
  );
}
