import type { UsageRow } from '../api/types.ts';
import { valueOf } from './sums.ts';
import { stepBefore, type Span } from './span.ts';
import type { By, Measure } from './usageView.ts';

/** One stack of the chart. `id`: of what it sums; null: all the rest. */
export interface Series {
  readonly id: string | null;
  readonly name: string;
  readonly color: string;
}

/** A day or an hour of the chart: the stacks in the order of the series, and what stands here in the span before. */
export interface Point {
  readonly step: string;
  readonly stack: readonly number[];
  readonly before: number | null;
}

/** Told apart on white and on black. */
const COLORS = ['#2a937a', '#3b7dd8', '#c2681c', '#8f5bd1', '#b8487a'] as const;
const REST = '#7b8794';

/** The biggest few, and one for all the rest. */
export function seriesOf(ids: readonly string[], nameOf: (id: string) => string, rest: string): readonly Series[] {
  const few = ids.length <= COLORS.length + 1 ? [...COLORS, REST] : COLORS;
  return [
    ...ids.slice(0, few.length).map((id, at) => ({ id, name: nameOf(id), color: few[at] ?? REST })),
    ...(ids.length > few.length ? [{ id: null, name: rest, color: REST }] : []),
  ];
}

/** Every day or hour of the span, those without any use included. */
export function pointsOf(options: {
  span: Span;
  series: readonly Series[];
  rows: readonly UsageRow[];
  before: readonly UsageRow[] | undefined;
  by: By;
  measure: Measure;
}): readonly Point[] {
  const { span, series, rows, before, by, measure } = options;
  const placeOf = new Map(series.flatMap(({ id }, at) => (id === null ? [] : [[id, at] as const])));
  const stacks = new Map(span.steps.map((step) => [step, series.map(() => 0)]));
  for (const row of rows) {
    const stack = stacks.get(stepOf(row, span));
    const at = placeOf.get(row.group[by] ?? '') ?? series.length - 1;
    if (stack && at >= 0) stack[at] = (stack[at] ?? 0) + valueOf(row, measure);
  }
  const earlier = before && new Map(before.map((row) => [stepOf(row, span), valueOf(row, measure)]));
  return span.steps.map((step) => ({
    step,
    stack: stacks.get(step) ?? [],
    before: earlier ? (earlier.get(stepBefore(step, span)) ?? 0) : null,
  }));
}

/** The server says an hour as the moment it starts at. */
function stepOf({ group }: UsageRow, { unit }: Span): string {
  return unit === 'day' ? (group.day ?? '') : (group.hour ?? '').slice(0, 13);
}
