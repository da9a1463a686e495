import type { UsageRow } from '../api/types.ts';
import type { By, Measure } from './usageView.ts';

export interface Totals {
  readonly cost: number;
  readonly requests: number;
  readonly tokens: number;
}

/** A row of the table: its thing by id, and how much of all it is. */
export interface SummedRow extends UsageRow {
  readonly id: string;
}

export function valueOf(row: UsageRow, measure: Measure): number {
  if (measure === 'cost') return Number(row.cost);
  return measure === 'requests' ? row.requests : row.inputTokens + row.outputTokens;
}

export function totalsOf(rows: readonly UsageRow[]): Totals {
  const sum = (measure: Measure) => rows.reduce((all, row) => all + valueOf(row, measure), 0);
  return { cost: sum('cost'), requests: sum('requests'), tokens: sum('tokens') };
}

/** The most first. */
export function ranked(rows: readonly UsageRow[], by: By, measure: Measure): readonly SummedRow[] {
  return rows
    .map((row) => ({ ...row, id: row.group[by] ?? '' }))
    .toSorted((one, other) => valueOf(other, measure) - valueOf(one, measure) || other.requests - one.requests);
}

/** In per cent of what was before; null: there was nothing before. */
export function differenceOf(now: number, before: number): number | null {
  return before === 0 ? null : Math.round(((now - before) / before) * 100);
}
