/** As many marks as an axis has above nothing, at most. */
const MOST_MARKS = 5;

/** Where an axis is marked: evenly, at round figures, from nothing to just above `most`. `isWhole`: of what cannot be halved. */
export function marksOf(most: number, isWhole: boolean): readonly number[] {
  if (most <= 0) return [0, 1];
  const least = most / MOST_MARKS;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 2.5, 5, 10]
    .map((times) => times * power)
    .find((one) => one >= least && (!isWhole || one % 1 === 0));
  const apart = step ?? 1;
  return Array.from({ length: Math.ceil(most / apart - 1e-9) + 1 }, (_, at) => at * apart);
}

/** How such marks are said: all with the same decimals, and those of thousands in short. */
export function sayingMarks(marks: readonly number[], language: string): (mark: number) => string {
  const [, apart = 1] = marks;
  const isShort = (marks.at(-1) ?? 0) >= 10_000;
  const decimals = Math.max(0, -Math.floor(Math.log10(apart) + 1e-9) + (isHalved(apart) ? 1 : 0));
  const format = new Intl.NumberFormat(language, {
    notation: isShort ? 'compact' : 'standard',
    ...(isShort ? { maximumFractionDigits: 2 } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
  });
  return (mark) => format.format(mark);
}

/** 2.5 of a power of ten. */
function isHalved(apart: number): boolean {
  const first = apart / 10 ** Math.floor(Math.log10(apart) + 1e-9);
  return Math.abs(first - 2.5) < 1e-6;
}
