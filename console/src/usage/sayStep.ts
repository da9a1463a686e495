import { WHOLE_DAY, wholeTime } from '../shell/wholeTime.ts';
import { startOf, type Span, type Unit } from './span.ts';

const HOUR_MS = 3_600_000;

/** How the steps of a chart are said: below it, and whole. */
export interface Saying {
  readonly short: (step: string) => string;
  readonly long: (step: string) => string;
}

/** Days are said as they are in UTC, hours as the clock stands where somebody is. `timeZone`: theirs, if left out. */
export function sayingSteps(unit: Unit, language: string, timeZone?: string): Saying {
  const short = dayFormat(language, unit === 'day' ? 'UTC' : timeZone);
  if (unit === 'day') {
    const long = dayIn(language);
    return { short: (step) => short.format(startOf(step)), long: (step) => long.format(startOf(step)) };
  }
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone });
  const long = wholeTime(language, timeZone);
  const hourOf = clockIn(timeZone);
  return {
    // The first hour of a day says which day it is.
    short: (step) => (hourOf(step) === 0 ? short : clock).format(startOf(step)),
    long: (step) => long.formatRange(startOf(step), startOf(step) + HOUR_MS),
  };
}

/** A span as a whole, with its zone. */
export function saySpan({ unit, steps }: Pick<Span, 'unit' | 'steps'>, language: string, timeZone?: string): string {
  const [first = '', last = first] = [steps[0], steps.at(-1)];
  return unit === 'day'
    ? `${dayIn(language).formatRange(startOf(first), startOf(last))} (UTC)`
    : wholeTime(language, timeZone).formatRange(startOf(first), startOf(last) + HOUR_MS);
}

/** The hours that an axis names, evenly spread over the day as the clock shows it. */
export function namedHours(steps: readonly string[], timeZone?: string): readonly string[] {
  const apart = steps.length <= 8 ? 1 : steps.length <= 24 ? 3 : 6;
  const hourOf = clockIn(timeZone);
  return steps.filter((step) => hourOf(step) % apart === 0);
}

/** Which hour of the day it is at the start of a step: 0 to 23. */
function clockIn(timeZone: string | undefined): (step: string) => number {
  const format = new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone });
  return (step) => Number(format.format(startOf(step)));
}

/** Of UTC. */
function dayIn(language: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, { ...WHOLE_DAY, timeZone: 'UTC' });
}

function dayFormat(language: string, timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric', timeZone });
}
