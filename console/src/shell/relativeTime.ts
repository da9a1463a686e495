const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** In the biggest unit that it rounds to one of: `in 1 hour`, never `in 60 minutes`. */
export function sayTime(date: Date, language: string, nowMs: number): string {
  const { day, ago } = sayingOf(language);
  const seconds = (date.getTime() - nowMs) / 1000;
  const far = Math.abs(seconds);
  if (far > 30 * DAY) return day.format(date);
  if (far >= 23.5 * HOUR) {
    // Yesterday and tomorrow are days of the calendar.
    const days = Math.round((midnightOf(date.getTime()) - midnightOf(nowMs)) / 1000 / DAY);
    if (days !== 0) return spaced(ago.format(days, 'day'), language);
  }
  return far >= 59.5 * MINUTE
    ? spaced(ago.format(Math.round(seconds / HOUR), 'hour'), language)
    : spaced(ago.format(Math.round(seconds / MINUTE), 'minute'), language);
}

function midnightOf(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Chinese has a space beside figures here, as everywhere in the console. */
export function spaced(text: string, language: string): string {
  return language.startsWith('zh') ? text.replace(/(\d)(?=\p{Script=Han})/u, '$1 ') : text;
}

/** To the second, with its zone. */
export function sayExactly(date: Date, language: string): string {
  return sayingOf(language).exact.format(date);
}

interface Saying {
  readonly exact: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly ago: Intl.RelativeTimeFormat;
}

/** Made once for each language: a list says hundreds of moments. */
const sayings = new Map<string, Saying>();

function sayingOf(language: string): Saying {
  const known = sayings.get(language) ?? {
    exact: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }),
    day: new Intl.DateTimeFormat(language, { dateStyle: 'medium' }),
    ago: new Intl.RelativeTimeFormat(language, { numeric: 'auto' }),
  };
  sayings.set(language, known);
  return known;
}
