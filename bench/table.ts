import type { Measured, Round, Sample } from './measure.ts';
import type { Row } from './rows.ts';
import { median } from './statistics.ts';

/** Lines of cells, the first the heading. */
export type Table = readonly (readonly string[])[];

/** The figures of all rows; rows that were left out say why. */
export function loadTable(
  measured: readonly Measured[],
  absent: readonly { row: Row; why: string }[],
  ratePerSecond: number,
): Table {
  const rate = ratePerSecond.toLocaleString('en');
  const heading = [
    'row',
    '',
    'requests/s (min–max)',
    'ratio to',
    'CPU µs',
    'full load P50 / P99',
    `${rate}/s P50 / P99`,
    'added P99',
  ];
  const byId = new Map(measured.map((one) => [one.row.id, one]));
  const lines = measured.map((one) => {
    const perSecond = one.rounds.map(({ full }) => full.perSecond);
    return [
      one.row.id,
      one.row.title,
      `${count(median(perSecond))} (${count(Math.min(...perSecond))}–${count(Math.max(...perSecond))})${errorMark(one)}`,
      ratioText(one, byId.get(one.row.floor ?? '')),
      middle(one, (round) => round.full.cpuUs).toFixed(0),
      latencies(one, (round) => round.full),
      latencies(one, (round) => round.steady),
      addedText(one, byId.get('mock')),
    ];
  });
  return [heading, ...lines, ...absent.map(({ row, why }) => [row.id, row.title, why, '', '', '', '', ''])];
}

/** Median of the ratios within each round: both sides of a ratio saw the same machine. */
export function ratioTo(one: Measured, floor: Measured): number {
  return median(one.rounds.map((round, at) => round.full.perSecond / (floor.rounds[at]?.full.perSecond ?? Number.NaN)));
}

/** The table as Markdown; also readable as it stands. */
export function toMarkdown([heading = [], ...lines]: Table): string {
  const all = [heading, ...lines];
  const widths = heading.map((_, column) => Math.max(...all.map((line) => (line[column] ?? '').length)));
  const text = (line: readonly string[]): string =>
    `| ${widths.map((width, at) => (line[at] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [text(heading), rule, ...lines.map(text)].join('\n');
}

/** A number of things, in three significant digits: more would claim what a second run does not repeat. */
export function count(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(3)).toLocaleString('en') : '–';
}

/** Milliseconds of a time in microseconds. */
export function ms(us: number): string {
  return Number.isFinite(us) ? `${(us / 1000).toFixed(us < 10_000 ? 2 : us < 100_000 ? 1 : 0)} ms` : '–';
}

/** What a row's P99 at the fixed rate has over the mock upstream's; NaN where it was not measured. */
export function addedP99Us(one: Measured, mock: Measured): number {
  return (
    middle(one, (round) => round.steady?.load.p99Us ?? Number.NaN) -
    middle(mock, (round) => round.steady?.load.p99Us ?? Number.NaN)
  );
}

export function middle(one: Measured, of: (round: Round) => number): number {
  return median(one.rounds.map(of));
}

function ratioText(one: Measured, floor: Measured | undefined): string {
  if (!floor) return one.row.floor === undefined ? '–' : `(${one.row.floor} was not measured)`;
  const ratio = ratioTo(one, floor);
  return `${floor.row.id}: ${ratio < 0.1 ? ratio.toFixed(3) : ratio.toFixed(2)}`;
}

function latencies(one: Measured, of: (round: Round) => Sample | undefined): string {
  const at = (pick: (sample: Sample) => number): number =>
    middle(one, (round) => {
      const sample = of(round);
      return sample ? pick(sample) : Number.NaN;
    });
  const p50 = at(({ load }) => load.p50Us);
  return Number.isNaN(p50) ? '–' : `${ms(p50)} / ${ms(at(({ load }) => load.p99Us))}`;
}

function addedText(one: Measured, mock: Measured | undefined): string {
  if (!mock || one === mock) return '–';
  return ms(addedP99Us(one, mock));
}

function errorMark({ rounds }: Measured): string {
  const errors = rounds.reduce((sum, { full, steady }) => sum + full.load.errors + (steady?.load.errors ?? 0), 0);
  return errors > 0 ? ` ${errors} ERRORS` : '';
}
