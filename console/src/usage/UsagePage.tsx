import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Alert, Card, Flex, Segmented, Statistic, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyNamesQuery, usageQuery } from '../api/queries.ts';
import type { UsageRow } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';
import { PageHead } from '../shell/PageHead.tsx';
import { Table, type Column } from '../shell/Table.tsx';
import { DayChart, type Measure } from './DayChart.tsx';
import { BY, SPANS } from './usageView.ts';

/** Who used how much, by day and by what one asks for. */
export function UsagePage() {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const navigate = useNavigate();
  const { projectId } = useParams({ from: '/signedIn/projects/$projectId/usage' });
  const view = useSearch({ from: '/signedIn/projects/$projectId/usage' });
  const { days = 30, by = 'key', keyId } = view;
  const [measure, setMeasure] = useState<Measure>('cost');
  const perDay = useQuery(usageQuery(projectId, days, 'day', keyId));
  const rows = useQuery(usageQuery(projectId, days, by, keyId));
  const names = useQuery(keyNamesQuery(projectId));
  const show = (change: object) => void navigate({ to: '.', search: { ...view, ...change }, replace: true });

  const all = (rows.data?.data ?? []).map((row) => ({ ...row, id: row.group[by] ?? '' }));
  const total = all.reduce(
    (sum, row) => ({
      requests: sum.requests + row.requests,
      tokens: sum.tokens + row.inputTokens + row.outputTokens,
      cost: sum.cost + Number(row.cost),
    }),
    { requests: 0, tokens: 0, cost: 0 },
  );
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  const nameOf = (id: string) => (by === 'key' ? (names.data?.get(id) ?? id) : id === '' ? '–' : id);
  const error = rows.error ?? perDay.error;

  const columns: readonly Column<UsageRow & { id: string }>[] = [
    {
      key: 'of',
      title: t(`usage.by.${by}`),
      render: ({ id }) =>
        by === 'key' && names.data?.has(id) ? (
          <Link to="/keys/$keyId" params={{ keyId: id }} className="any">
            {nameOf(id)}
          </Link>
        ) : (
          <span className="any">{nameOf(id)}</span>
        ),
    },
    { key: 'requests', title: t('unit.requests'), render: ({ requests }) => number.format(requests) },
    { key: 'input', title: t('usage.input'), from: 768, render: ({ inputTokens }) => number.format(inputTokens) },
    { key: 'output', title: t('usage.output'), from: 768, render: ({ outputTokens }) => number.format(outputTokens) },
    { key: 'cost', title: t('unit.cost'), render: ({ cost }) => number.format(Number(cost)) },
  ];

  return (
    <>
      <PageHead title={t('usage.title')}>
        <Segmented
          aria-label={t('usage.span')}
          value={days}
          onChange={(next) => show({ days: next })}
          options={SPANS.map((value) => ({ value, label: t('span.day', { count: value }) }))}
        />
      </PageHead>
      {error && <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />}
      {keyId !== undefined && (
        <Tag closable onClose={() => show({ keyId: undefined })} style={{ marginBottom: 16 }}>
          {t('usage.onlyKey', { name: names.data?.get(keyId) ?? keyId })}
        </Tag>
      )}
      <Card>
        <Flex gap={32} wrap style={{ marginBottom: 16 }}>
          <Statistic title={t('unit.cost')} value={number.format(total.cost)} />
          <Statistic title={t('unit.requests')} value={number.format(total.requests)} />
          <Statistic title={t('unit.tokens')} value={number.format(total.tokens)} />
        </Flex>
        <Segmented<Measure>
          aria-label={t('usage.measure')}
          value={measure}
          onChange={setMeasure}
          options={(['cost', 'requests', 'tokens'] as const).map((value) => ({ value, label: t(`unit.${value}`) }))}
          style={{ marginBottom: 16 }}
        />
        <DayChart rows={perDay.data?.data ?? []} days={days} measure={measure} />
      </Card>
      <Segmented
        aria-label={t('usage.byWhat')}
        value={by}
        onChange={(next) => show({ by: next })}
        options={BY.map((value) => ({ value, label: t(`usage.by.${value}`) }))}
        style={{ margin: '16px 0' }}
      />
      <Table label={t('usage.title')} columns={columns} rows={all} loading={rows.isPending} empty={t('usage.none')} />
    </>
  );
}
