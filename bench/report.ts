import type { Conditions } from './conditions.ts';
import { groupsTable, type Groups } from './groups.ts';
import type { KeysReport } from './manyKeys.ts';
import type { Measured, Sample } from './measure.ts';
import type { Row } from './rows.ts';
import { median } from './statistics.ts';
import { addedP99Us, count, loadTable, ms, ratioTo, toMarkdown, type Table } from './table.ts';

export interface Findings {
  readonly conditions: Conditions;
  readonly measured: readonly Measured[];
  readonly absent: readonly { row: Row; why: string }[];
  readonly keys: KeysReport | undefined;
  readonly groups: Groups | undefined;
}

/** What design asks of the added P99 at the fixed rate. */
const ADDED_P99_AIM_US = 2000;
const PORTKEY_AIM = 8;

/** The result as Markdown: where and how it was measured, the tables, and how the aims fared. */
export function reportOf(findings: Findings): string {
  const { conditions, measured, absent, keys } = findings;
  const parts = [conditionsText(conditions)];
  if (measured.length > 0) {
    parts.push(toMarkdown(loadTable(measured, absent, conditions.options.ratePerSecond)));
    const aims = aimsOf(measured);
    if (aims.length > 0) parts.push(aims.map((line) => `- ${line}`).join('\n'));
  }
  if (findings.groups) parts.push(toMarkdown(groupsTable(findings.groups)));
  if (keys) parts.push(toMarkdown(storesTable(keys)), toMarkdown(casesTable(keys, conditions.options.ratePerSecond)));
  return parts.join('\n\n');
}

/** The same for a terminal: without bars and stars. */
export function plain(markdown: string): string {
  const lines = markdown.split('\n').map((line) => {
    if (!line.startsWith('|')) return line.replaceAll('**', '');
    return line
      .replaceAll(/\*\*(.+?)\*\*([^|]*)/g, '$1$2    ')
      .replaceAll(/^\| | \|$/g, '')
      .replaceAll(' | ', '  ');
  });
  return lines.join('\n');
}

function conditionsText({ machine, load, generator, options }: Conditions): string {
  const { rounds, seconds, connections } = options;
  return (
    `Machine: ${machine}; load average before the run ${load.toFixed(1)}. Full load: ${generator}, ${connections} connections. ` +
    `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s each, all rows in turn.`
  );
}

function aimsOf(measured: readonly Measured[]): string[] {
  const byId = new Map(measured.map((one) => [one.row.id, one]));
  const lines: string[] = [];
  for (const one of measured) {
    const floor = byId.get(one.row.floor ?? '');
    if (one.row.aim === undefined || !floor) continue;
    const ratio = ratioTo(one, floor);
    lines.push(
      `${one.row.id} against ${floor.row.id}: ${ratio.toFixed(2)}, aim at least ${one.row.aim}: ${verdict(ratio >= one.row.aim)}.`,
    );
  }
  const [gateway, portkey, mock] = ['gateway', 'portkey', 'mock'].map((id) => byId.get(id));
  if (gateway && portkey) {
    const ratio = ratioTo(gateway, portkey);
    lines.push(
      `gateway against portkey: ${ratio.toFixed(1)} times, aim at least ${PORTKEY_AIM}: ${verdict(ratio >= PORTKEY_AIM)}.`,
    );
  }
  if (gateway && mock) {
    const added = addedP99Us(gateway, mock);
    lines.push(
      `gateway, P99 added at the fixed rate: ${ms(added)}, aim under ${ms(ADDED_P99_AIM_US)}: ${verdict(added < ADDED_P99_AIM_US)}.`,
    );
  }
  return lines;
}

function verdict(reached: boolean): string {
  return reached ? 'reached' : '**short of it**';
}

function storesTable({ stores }: KeysReport): Table {
  const heading = ['keys in the store', 'file', 'start to ready', 'memory after start', 'memory at most'];
  const lines = stores.map((one) => [
    one.keys.toLocaleString('en'),
    `${one.fileMiB.toFixed(0)} MiB`,
    ms(one.startMs * 1000),
    `${one.memoryAtStartMiB.toFixed(0)} MiB`,
    `${one.memoryPeakMiB.toFixed(0)} MiB`,
  ]);
  return [heading, ...lines];
}

function casesTable({ cases }: KeysReport, ratePerSecond: number): Table {
  const rate = ratePerSecond.toLocaleString('en');
  const heading = ['verify calls', 'requests/s (min–max)', 'ratio', 'CPU µs', `${rate}/s P50 / P99`];
  const first = cases[0]?.samples ?? [];
  const lines = cases.map(({ title, samples, steady }) => {
    const perSecond = samples.map((one) => one.perSecond);
    const ratios = perSecond.map((value, at) => value / (first[at]?.perSecond ?? Number.NaN));
    const middle = (of: (one: Sample) => number): number => median(steady.map(of));
    const errors = [...samples, ...steady].reduce((sum, { load }) => sum + load.errors, 0);
    return [
      title,
      `${count(median(perSecond))} (${count(Math.min(...perSecond))}–${count(Math.max(...perSecond))})${errors > 0 ? ` ${errors} ERRORS` : ''}`,
      median(ratios).toFixed(2),
      median(samples.map((one) => one.cpuUs)).toFixed(0),
      `${ms(middle(({ load }) => load.p50Us))} / ${ms(middle(({ load }) => load.p99Us))}`,
    ];
  });
  return [heading, ...lines];
}
