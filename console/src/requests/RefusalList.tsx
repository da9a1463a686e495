import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { keyNamesQuery } from '../api/queries.ts';
import type { Page } from '../api/types.ts';
import { List } from '../shell/List.tsx';
import { Moment } from '../shell/Moment.tsx';
import type { Column } from '../shell/Table.tsx';
import { denialsQuery } from './queries.ts';
import { Reason } from './Reason.tsx';
import type { RequestsView } from './requestsView.ts';
import type { Denial } from './types.ts';
import { useNumbers } from './useNumbers.ts';

/** Refusals, counted by hour: why, whose, from where, how often. */
export function RefusalList(props: { projectId: string; view: RequestsView; isOfOneKey: boolean }) {
  const { projectId, view, isOfOneKey } = props;
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    ...denialsQuery(projectId, view),
    select: ({ pages, pageParams }) => ({ pageParams, pages: pages.map(named) }),
  });
  const names = useQuery({ ...keyNamesQuery(projectId), enabled: !isOfOneKey });
  const { number } = useNumbers();
  const isFiltered = [isOfOneKey ? undefined : view.keyId, view.code, view.address].some((one) => one !== undefined);

  const columns: readonly Column<Denial & { id: string }>[] = [
    { key: 'why', title: t('requests.code'), render: ({ code }) => <Reason code={code} /> },
    ...(isOfOneKey
      ? []
      : [
          {
            key: 'key',
            title: t('requests.key'),
            from: 576,
            render: ({ keyId }: Denial) =>
              keyId === null ? (
                '–'
              ) : (
                <Link to="/keys/$keyId" params={{ keyId }} className="any">
                  {names.data?.get(keyId) ?? keyId}
                </Link>
              ),
          } as const,
        ]),
    {
      key: 'route',
      title: t('requests.route'),
      from: 992,
      kind: 'short',
      render: ({ route }) => <code>{route}</code>,
    },
    { key: 'address', title: t('requests.address'), from: 768, render: ({ address }) => address ?? '–' },
    { key: 'count', title: t('requests.times'), kind: 'number', render: ({ count }) => number.format(count) },
    { key: 'last', title: t('requests.last'), render: ({ lastAt }) => <Moment at={lastAt} /> },
  ];
  return (
    <List
      label={t('requests.show.refusals')}
      list={list}
      columns={columns}
      empty={<Empty description={isFiltered ? t('requests.noneFound') : t('refusal.none')} />}
    />
  );
}

function named(page: Page<Denial>): Page<Denial & { id: string }> {
  return {
    ...page,
    data: page.data.map((row) => ({
      ...row,
      id: [row.hour, row.keyId, row.code, row.route, row.address].join(' '),
    })),
  };
}
