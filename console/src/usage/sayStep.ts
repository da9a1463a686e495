import { WHOLE_DAY, wholeTime } from '../shell/wholeTime.ts';
import { startOf, type Span, type Unit } from './span.ts';

const HOUR_MS = 3_600_000;

/** How the steps of a chart are said: below it, and whole. */
export interface Saying {
  readonly short: (step: string) => string;
  readonly long: (step: string) => string;
}

/** In UTC, like the sums of the server: a day and its hours are the same everywhere, and end together. */
export function sayingSteps(unit: Unit, language: string): Saying {
  const short = new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric', timeZone: 'UTC' });
  if (unit === 'day') {
    const long = dayIn(language);
    return { short: (step) => short.format(startOf(step)), long: (step) => long.format(startOf(step)) };
  }
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: 'UTC' });
  const long = wholeTime(language, 'UTC');
  return {
    // The first hour of a day says which day it is.
    short: (step) => (hourOf(step) === 0 ? short : clock).format(startOf(step)),
    long: (step) => long.formatRange(startOf(step), startOf(step) + HOUR_MS),
  };
}

/** A span as a whole, with its zone. */
export function saySpan({ unit, steps }: Pick<Span, 'unit' | 'steps'>, language: string): string {
  const [first = '', last = first] = [steps[0], steps.at(-1)];
  return unit === 'day'
    ? `${dayIn(language).formatRange(startOf(first), startOf(last))} (UTC)`
    : wholeTime(language, 'UTC').formatRange(startOf(first), startOf(last) + HOUR_MS);
}

/** The hours that an axis names, evenly spread over the day. */
export function namedHours(steps: readonly string[]): readonly string[] {
  const apart = steps.length <= 8 ? 1 : steps.length <= 24 ? 3 : 6;
  return steps.filter((step) => hourOf(step) % apart === 0);
}

/** 0 to 23. */
function hourOf(step: string): number {
  return Number(step.slice(11, 13));
}

/** Of UTC. */
function dayIn(language: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, { ...WHOLE_DAY, timeZone: 'UTC' });
}
