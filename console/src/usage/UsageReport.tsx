import { DownloadOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Card, Empty, Flex, Segmented, Spin } from 'antd';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { part } from '../routes/page.ts';
import { missedOf } from '../shell/missedOf.ts';
import { PageError } from '../shell/PageError.tsx';
import { PartError } from '../shell/PartError.tsx';
import { csvOf } from './csv.ts';
import { download } from './download.ts';
import { KeyActivity } from './KeyActivity.tsx';
import { sumsQuery, type Place } from './queries.ts';
import { pointsOf, seriesOf } from './series.ts';
import { spanOf } from './span.ts';
import { ranked, totalsOf } from './sums.ts';
import { Total } from './Total.tsx';
import { Unusual } from './Unusual.tsx';
import { UsageChart } from './UsageChart.tsx';
import { UsageTable } from './UsageTable.tsx';
import { MEASURES, type By, type UsageView } from './usageView.ts';

const RefusalSums = part(async () => (await import('../requests/RefusalSums.tsx')).RefusalSums, 'requests');

/** Above it a stack of days would be too much to send; the chart then shows days and hours as they are. */
const MOST_STACKED = 20_000;

/** Totals, the chart, the table, refusals and what was unusual, of a project or an account. */
export function UsageReport(props: {
  place: Place;
  view: UsageView;
  choices: readonly By[];
  nameOf: (by: By, id: string) => string;
  /** Whoever sees only their own keys has to choose one first. */
  mustChoose: boolean;
  show: (change: Partial<UsageView>) => void;
}) {
  const { place, view, choices, nameOf, mustChoose, show } = props;
  const { t } = useTranslation();
  const { keyId, measure = 'cost' } = view;
  const by = choices.find((one) => one === view.by) ?? choices[0] ?? 'model';
  const span = spanOf(view, Date.now());
  const asked = { place, span, keyId };
  const enabled = !mustChoose;
  const sums = useQuery({ ...sumsQuery({ ...asked, groupBy: [by] }), enabled });
  const steps = useQuery({ ...sumsQuery({ ...asked, groupBy: [span.unit] }), enabled });
  const before = useQuery({ ...sumsQuery({ ...asked, groupBy: [span.unit], isBefore: true }), enabled });
  const isStacked = sums.data !== undefined && sums.data.length * span.steps.length <= MOST_STACKED;
  const stacked = useQuery({ ...sumsQuery({ ...asked, groupBy: [span.unit, by] }), enabled: enabled && isStacked });
  // No sum is no zero.
  if (sums.error && !sums.data) return <PageError error={sums.error} reset={() => void sums.refetch()} />;
  if (mustChoose) return <Empty description={t('usage.chooseOwn')} />;
  const known = sums.data ?? steps.data;
  if (!known) return <Spin />;

  const rows = ranked(sums.data ?? [], by, measure);
  const name = (id: string) => (id === '' ? t('usage.nothingInParticular') : nameOf(by, id));
  const totals = totalsOf(known);
  const isOld = [sums, steps, before].some(({ isPlaceholderData }) => isPlaceholderData);
  const earlier = before.data && !isOld ? totalsOf(before.data) : undefined;
  // While the stacks are on their way, or where there are too many, each day or hour is one piece.
  const series =
    isStacked && stacked.data && !stacked.isPlaceholderData
      ? seriesOf(
          rows.map(({ id }) => id),
          name,
          t('usage.rest'),
        )
      : [{ id: null, name: t(`unit.${measure}`), color: '#2a937a' }];
  // Undefined: not known. No day is drawn as nothing then.
  const perStep = series[0]?.id == null ? steps.data : stacked.data;
  const points = pointsOf({
    span,
    series,
    rows: perStep ?? [],
    before: before.data,
    by,
    measure,
  });

  function save(): void {
    const head = [by, 'name', 'requests', 'input_tokens', 'output_tokens', 'cost', 'unpriced_requests', 'share'];
    const all = totals[measure];
    const lines = rows.map((row) => [
      row.id,
      name(row.id),
      row.requests,
      row.inputTokens,
      row.outputTokens,
      row.cost,
      row.unpricedRequests,
      all === 0 ? '' : (valueIn(row) / all).toFixed(4),
    ]);
    download(`usage-${by}-${span.steps[0]}-${span.steps.at(-1)}.csv`, csvOf([head, ...lines]));
  }
  const valueIn = (row: (typeof rows)[number]) => totalsOf([row])[measure];

  return (
    <>
      <PartError of={missedOf([sums, steps, before, stacked])} />
      <Card {...(isOld && { className: 'is-old' })}>
        <Flex gap={32} wrap style={{ marginBottom: 20 }}>
          {MEASURES.map((one) => (
            <Total
              key={one}
              label={t(`unit.${one}`)}
              value={totals[one]}
              isMoney={one === 'cost'}
              before={earlier?.[one]}
              length={span.length}
            />
          ))}
        </Flex>
        <Flex gap={12} wrap justify="space-between" align="center" style={{ marginBottom: 16 }}>
          <Segmented
            aria-label={t('usage.measure')}
            value={measure}
            onChange={(next) => show({ measure: next })}
            options={MEASURES.map((value) => ({ value, label: t(`unit.${value}`) }))}
          />
          <span className="soft from-992">{t(`usage.closer.${span.unit}`)}</span>
        </Flex>
        {perStep ? (
          <UsageChart
            span={span}
            points={points}
            series={series}
            measure={measure}
            onChoose={(from, to) => show({ days: undefined, from, to })}
          />
        ) : (
          <div className="no-chart">{steps.isPending && <Spin />}</div>
        )}
      </Card>
      <Flex justify="space-between" gap={8} wrap style={{ margin: '16px 0' }}>
        <Segmented
          aria-label={t('usage.byWhat')}
          value={by}
          onChange={(next) => show({ by: next })}
          options={choices.map((value) => ({ value, label: t(`usage.by.${value}`) }))}
        />
        <Button icon={<DownloadOutlined />} disabled={rows.length === 0 || isOld} onClick={save}>
          {t('usage.csv')}
        </Button>
      </Flex>
      <UsageTable
        place={place}
        by={by}
        measure={measure}
        rows={rows}
        total={totals[measure]}
        nameOf={name}
        colorOf={(id) => series.find((one) => one.id === id)?.color}
        view={view}
        loading={sums.isPending}
        isOld={isOld}
      />
      <Flex gap={16} wrap align="stretch" style={{ marginTop: 16 }}>
        <Card title={t('usage.refusals')} style={{ flex: '1 1 420px', minWidth: 0 }}>
          <Suspense>
            <RefusalSums place={place} keyId={keyId} span={span} view={view} />
          </Suspense>
        </Card>
        <Card title={t('usage.unusual')} style={{ flex: '1 1 360px', minWidth: 0 }}>
          <Unusual place={place} keyId={keyId} />
        </Card>
        {keyId !== undefined && (
          <Card title={t('usage.lately')} style={{ flex: '1 1 100%', minWidth: 0 }}>
            <KeyActivity keyId={keyId} />
          </Card>
        )}
      </Flex>
    </>
  );
}
