import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { useAppearance } from '../appearance.ts';
import { sayingAmounts } from '../shell/amounts.ts';
import { marksOf, sayingMarks } from './axis.ts';
import { namedHours, sayingSteps } from './sayStep.ts';
import type { Point, Series } from './series.ts';
import type { Span } from './span.ts';
import type { Measure } from './usageView.ts';
import './usage.css';

/** Where a pointer can hover, a press is not needed to read what a bar says. */
const HOVERS = matchMedia('(hover: hover)').matches;

/** Use by day or hour, stacked, with the span before as a lighter line. A click chooses a day, dragging over some chooses them. */
export function UsageChart(props: {
  span: Span;
  points: readonly Point[];
  series: readonly Series[];
  measure: Measure;
  onChoose: (from: string, to: string) => void;
}) {
  const { span, points, series, measure, onChoose } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const [drag, setDrag] = useState<{ from: string; to: string } | null>(null);
  const { unit, length } = span;
  const { short, long } = sayingSteps(unit, language);
  const before = t(`usage.than.${length.unit}.before`, { count: length.count });
  const sumOf = ({ stack }: Point) => stack.reduce((all, one) => all + one, 0);
  const most = points.reduce((best, one) => (sumOf(one) > sumOf(best) ? one : best));
  const number = new Intl.NumberFormat(language);
  const say = measure === 'cost' ? sayingAmounts(sumOf(most), language) : (count: number) => number.format(count);
  const marks = marksOf(Math.max(sumOf(most), ...points.map(({ before }) => before ?? 0)), measure !== 'cost');
  const sayMark = sayingMarks(marks, language);
  const told = t(`usage.chart.${unit}`, {
    measure: t(`unit.${measure}`),
    most: say(sumOf(most)),
    at: long(most.step),
  });

  function choose(): void {
    if (drag && (drag.from !== drag.to || (unit === 'day' && HOVERS))) {
      const [from = '', to = ''] = [drag.from, drag.to].toSorted();
      onChoose(from, to);
    }
    setDrag(null);
  }

  return (
    <>
      <div role="img" aria-label={told} className="drag" style={{ height: 260 }} onMouseLeave={() => setDrag(null)}>
        <ResponsiveContainer width="100%" height="100%">
          <ComposedChart
            data={[...points]}
            margin={{ top: 12, right: 16, bottom: 0, left: 8 }}
            accessibilityLayer={false}
            onMouseDown={({ activeLabel }) => {
              const step = activeLabel === undefined ? null : String(activeLabel);
              setDrag(step === null ? null : { from: step, to: step });
            }}
            onMouseMove={({ activeLabel }) => {
              if (drag && activeLabel !== undefined) setDrag({ ...drag, to: String(activeLabel) });
            }}
            onMouseUp={choose}
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="step"
              tickFormatter={short}
              {...(unit === 'hour' && { ticks: [...namedHours(span.steps)] })}
              stroke="var(--soft)"
              tickLine={false}
              minTickGap={16}
              interval="equidistantPreserveStart"
            />
            <YAxis
              width="auto"
              stroke="var(--soft)"
              tickLine={false}
              axisLine={false}
              ticks={[...marks]}
              domain={[0, marks.at(-1) ?? 1]}
              interval={0}
              tickFormatter={sayMark}
            />
            <Tooltip
              cursor={{ fill: 'var(--tint)', stroke: 'var(--edge)' }}
              content={({ active, label }) => {
                const point = active ? points.find(({ step }) => step === label) : undefined;
                return (
                  point && <Reading point={point} series={series} at={long(point.step)} before={before} say={say} />
                );
              }}
            />
            {series.map(({ id, name, color }, at) => (
              <Bar
                key={id ?? 'rest'}
                name={name}
                dataKey={({ stack }: Point) => stack[at] ?? 0}
                stackId="all"
                fill={color}
                isAnimationActive={false}
                maxBarSize={36}
              />
            ))}
            <Line
              name={before}
              dataKey="before"
              stroke="var(--soft)"
              strokeDasharray="4 4"
              strokeWidth={1.5}
              dot={false}
              isAnimationActive={false}
            />
            {drag && drag.from !== drag.to && (
              <ReferenceArea x1={drag.from} x2={drag.to} fill="#2a937a" fillOpacity={0.2} />
            )}
          </ComposedChart>
        </ResponsiveContainer>
      </div>
      <ul className="legend">
        {series.map(({ id, name, color }) => (
          <li key={id ?? 'rest'}>
            <Swatch color={color} /> <span className="any">{name}</span>
          </li>
        ))}
        {points.some((point) => point.before !== null) && (
          <li>
            <span className="swatch-line" /> {before}
          </li>
        )}
      </ul>
    </>
  );
}

/** What a day or an hour comes to, and of what: as the stack is, without what was not used. */
function Reading(props: {
  point: Point;
  series: readonly Series[];
  at: string;
  before: string;
  say: (amount: number) => string;
}) {
  const { point, series, at, before, say } = props;
  const all = point.stack.reduce((sum, one) => sum + one, 0);
  return (
    <div className="reading">
      <div>
        <strong>{at}</strong> <strong>{say(all)}</strong>
      </div>
      {series.map(({ id, name, color }, place) => {
        const amount = point.stack[place] ?? 0;
        return (
          amount > 0 && (
            <div key={id ?? 'rest'}>
              <span className="any">
                <Swatch color={color} /> {name}
              </span>
              <span>{say(amount)}</span>
            </div>
          )
        );
      })}
      {point.before !== null && (
        <div className="soft">
          {before} <span>{say(point.before)}</span>
        </div>
      )}
    </div>
  );
}

/** The colour of a stack, beside its name. */
export function Swatch({ color }: { color: string }) {
  return <span className="swatch" style={{ background: color }} />;
}
