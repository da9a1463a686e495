import { styleText } from 'node:util';
import { cutTo, displayWidth, padTo } from './width.ts';

/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly text: (row: T) => string;
  readonly colour?: (row: T) => Colour;
  /** This column gives way when the table is too wide; exactly one does. */
  readonly flexible?: true;
  /** Left out where the table would leave the flexible column less than `COMFORT`; the last such column first. */
  readonly optional?: true;
}

export type Colour = 'green' | 'yellow' | 'red' | 'dim' | 'bold';

const GAP = '  ';
/** Cells the flexible column should have before optional ones are shown. */
const COMFORT = 18;
/** Cells it always has. */
const LEAST = 8;

/** Rows as aligned lines, the titles first, none wider than `columns`. */
export function table<T>(
  rows: readonly T[],
  all: readonly Column<T>[],
  { columns, colour }: { columns: number; colour: boolean },
): string[] {
  let shown = all;
  let widths = widthsOf(rows, shown, columns);
  for (const candidate of all.filter((column) => column.optional).toReversed()) {
    if (widths.fits) break;
    shown = shown.filter((column) => column !== candidate);
    widths = widthsOf(rows, shown, columns);
  }
  const line = (cellOf: (column: Column<T>) => string, colourOf: (column: Column<T>) => Colour | undefined): string =>
    shown
      .map((column, at) => {
        const width = widths.cells[at] ?? 0;
        const text = cutTo(cellOf(column), width);
        const padded = at === shown.length - 1 ? text : padTo(text, width);
        return paint(padded, colour ? colourOf(column) : undefined);
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      (column) => column.title,
      () => 'dim',
    ),
    ...rows.map((row) =>
      line(
        (column) => column.text(row),
        (column) => column.colour?.(row),
      ),
    ),
  ];
}

/** `Label  value` lines with the values below each other; more lines of a value stand below its first. */
export function pairs(entries: readonly (readonly [label: string, value: string | readonly string[]])[]): string[] {
  const width = Math.max(...entries.map(([label]) => displayWidth(label)));
  return entries.flatMap(([label, value]) =>
    (typeof value === 'string' ? [value] : value).map((text, at) => padTo(at === 0 ? label : '', width) + GAP + text),
  );
}

/** The text in a colour, for terminals that show it. */
export function paint(text: string, colour: Colour | undefined): string {
  return colour === undefined ? text : styleText(colour, text, { validateStream: false });
}

/** Width of each column; `fits` when the flexible one is as wide as it needs, or comfortable. */
function widthsOf<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  most: number,
): { cells: number[]; fits: boolean } {
  const natural = columns.map((column) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(column.text(row)))),
  );
  const at = columns.findIndex((column) => column.flexible);
  const others = natural.reduce((sum, width, index) => (index === at ? sum : sum + width), 0);
  const room = most - others - GAP.length * (columns.length - 1);
  const wanted = natural[at] ?? 0;
  const cells = natural.map((width, index) => (index === at ? Math.min(width, Math.max(room, LEAST)) : width));
  return { cells, fits: wanted <= room || room >= COMFORT };
}
