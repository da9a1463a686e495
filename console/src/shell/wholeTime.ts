/** A day with its year. */
export const WHOLE_DAY = { year: 'numeric', month: 'short', day: 'numeric' } as const;

/** To the minute, with its zone: where somebody is, unless one is named. */
export function wholeTime(language: string, timeZone?: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, {
    ...WHOLE_DAY,
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  });
}
