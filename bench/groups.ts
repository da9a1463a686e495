import type { Table } from './table.ts';

/** How many transactions there were of each size, by the power of two that the number of their calls begins with. */
export type Groups = Readonly<Record<'reserve' | 'settle', readonly (number | null)[]>>;

/** What a server said of it when it was stopped; undefined where it said nothing. */
export function groupsIn(output: string): Groups | undefined {
  const line = output.split('\n').findLast((one) => one.includes('"groups":'));
  return line === undefined ? undefined : (JSON.parse(line) as { groups: Groups }).groups;
}

/** Of all calls, how many per cent were written by transactions of each size. */
export function groupsTable({ reserve, settle }: Groups): Table {
  const powers = Array.from({ length: Math.max(reserve.length, settle.length) }, (_, power) => power);
  const heading = ['calls in one transaction', ...powers.map((power) => rangeText(power))];
  const line = (name: string, sizes: readonly (number | null)[]): string[] => {
    // A transaction of this size has three quarters of the next power, on average.
    const calls = powers.map((power) => (sizes[power] ?? 0) * (power === 0 ? 1 : 1.5 * 2 ** power));
    const all = calls.reduce((sum, one) => sum + one, 0);
    return [name, ...calls.map((one) => `${((100 * one) / all).toFixed(0)} %`)];
  };
  return [heading, line('admitted together', reserve), line('settled together, one flush to disk', settle)];
}

function rangeText(power: number): string {
  return power === 0 ? '1' : `${2 ** power}–${2 ** (power + 1) - 1}`;
}
