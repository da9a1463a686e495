import { useTranslation } from 'react-i18next';
import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { UsageRow } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';

export type Measure = 'cost' | 'requests' | 'tokens';

const DAY_MS = 86_400_000;

/** A bar for each day in UTC, those without any use included. */
export function DayChart({ rows, days, measure }: { rows: readonly UsageRow[]; days: number; measure: Measure }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const byDay = new Map(rows.map((row) => [row.group['day'], row]));
  const data = Array.from({ length: days }, (_, at) => {
    const day = new Date(Date.now() - (days - 1 - at) * DAY_MS).toISOString().slice(0, 10);
    return { day, value: valueOf(byDay.get(day), measure) };
  });
  const short = new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric', timeZone: 'UTC' });
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  const most = data.reduce((best, one) => (one.value > best.value ? one : best));
  const told = t('usage.chart', { measure: t(`unit.${measure}`), day: most.day, most: number.format(most.value) });
  return (
    <div role="img" aria-label={told} style={{ height: 240 }}>
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={data} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="day"
            tickFormatter={(day: string) => short.format(new Date(day))}
            stroke="var(--soft)"
            tickLine={false}
            minTickGap={16}
          />
          <YAxis
            width="auto"
            stroke="var(--soft)"
            tickLine={false}
            axisLine={false}
            tickFormatter={(value: number) => new Intl.NumberFormat(language, { notation: 'compact' }).format(value)}
          />
          <Tooltip
            cursor={{ fill: 'var(--tint)' }}
            contentStyle={{
              background: 'var(--header)',
              borderColor: 'var(--line)',
              color: 'var(--ink)',
              borderRadius: 8,
            }}
            formatter={(value) => [number.format(Number(value)), t(`unit.${measure}`)]}
          />
          <Bar dataKey="value" fill="#2a937a" radius={[3, 3, 0, 0]} isAnimationActive={false} maxBarSize={36} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

function valueOf(row: UsageRow | undefined, measure: Measure): number {
  if (!row) return 0;
  if (measure === 'cost') return Number(row.cost);
  return measure === 'requests' ? row.requests : row.inputTokens + row.outputTokens;
}
