import { Link } from '@tanstack/react-router';
import { Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { sayingAmounts } from '../shell/amounts.ts';
import { Table, type Column } from '../shell/Table.tsx';
import type { Place } from './queries.ts';
import { valueOf, type SummedRow } from './sums.ts';
import { Swatch } from './UsageChart.tsx';
import type { By, Measure, UsageView } from './usageView.ts';

/** What was used, the most first, each with its share of all. */
export function UsageTable(props: {
  place: Place;
  by: By;
  measure: Measure;
  rows: readonly SummedRow[];
  total: number;
  nameOf: (id: string) => string;
  /** As the chart has it; undefined: it is in no stack of its own. */
  colorOf: (id: string) => string | undefined;
  view: UsageView;
  loading: boolean;
  isOld: boolean;
}) {
  const { by, measure, rows, total, nameOf, colorOf, loading, isOld } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  const amount = sayingAmounts(Math.max(0, ...rows.map(({ cost }) => Number(cost))), language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });

  const columns: readonly Column<SummedRow>[] = [
    {
      key: 'of',
      title: t(`usage.by.${by}`),
      render: ({ id }) => (
        <>
          <Swatch color={colorOf(id) ?? 'var(--line)'} /> <Of {...props} id={id} name={nameOf(id)} />
        </>
      ),
    },
    {
      key: 'share',
      title: t('usage.share', { measure: t(`unit.${measure}`) }),
      render: (row) => <Share part={total === 0 ? 0 : valueOf(row, measure) / total} format={percent} />,
    },
    {
      key: 'requests',
      title: t('unit.requests'),
      from: 576,
      kind: 'number',
      render: (row) => <Calls {...props} row={row} text={number.format(row.requests)} />,
    },
    {
      key: 'input',
      title: t('usage.input'),
      from: 768,
      kind: 'number',
      render: ({ inputTokens }) => number.format(inputTokens),
    },
    {
      key: 'output',
      title: t('usage.output'),
      from: 768,
      kind: 'number',
      render: ({ outputTokens }) => number.format(outputTokens),
    },
    {
      key: 'cost',
      title: t('unit.cost'),
      kind: 'number',
      render: ({ cost, unpricedRequests }) => (
        <>
          <span title={number.format(Number(cost))}>{amount(Number(cost))}</span>
          {unpricedRequests > 0 && (
            <Tooltip title={t('usage.unpriced', { count: unpricedRequests })}>
              <span className="soft" tabIndex={0}>
                {' '}
                + ?
              </span>
            </Tooltip>
          )}
        </>
      ),
    },
  ];
  return (
    <Table
      isCompared
      label={t('usage.title')}
      columns={columns}
      rows={rows}
      loading={loading}
      isOld={isOld}
      empty={t('usage.none')}
    />
  );
}

/** What a row is of, and the way to it. */
function Of({
  place,
  by,
  view,
  id,
  name,
}: {
  place: Place;
  by: By;
  view: UsageView;
  id: string;
  name: string;
}): ReactNode {
  if (by === 'project')
    return (
      <Link to="/projects/$projectId/usage" params={{ projectId: id }} search={{ ...view, by: 'key' }} className="any">
        {name}
      </Link>
    );
  if (by === 'key' && 'projectId' in place)
    return (
      <Link to="/projects/$projectId/usage" params={place} search={{ ...view, by: 'model', keyId: id }} className="any">
        {name}
      </Link>
    );
  return <span className="any">{name}</span>;
}

/** How many, and the way to them one by one. */
function Calls({
  place,
  by,
  view,
  row,
  text,
}: {
  place: Place;
  by: By;
  view: UsageView;
  row: SummedRow;
  text: string;
}) {
  if (!('projectId' in place) || row.id === '' || by === 'project') return text;
  const { days, from, to, keyId } = view;
  const one = by === 'key' ? { keyId: row.id } : by === 'status' ? { status: Number(row.id) } : { [by]: row.id };
  return (
    <Link to="/projects/$projectId/requests" params={place} search={{ days, from, to, keyId, ...one }}>
      {text}
    </Link>
  );
}

/** A share as a small bar, and in per cent. */
function Share({ part, format }: { part: number; format: Intl.NumberFormat }) {
  return (
    <span className="share">
      <span className="share-bar">
        <span style={{ width: `${part * 100}%` }} />
      </span>
      {format.format(part)}
    </span>
  );
}
