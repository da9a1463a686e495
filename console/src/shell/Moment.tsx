import { useAppearance } from '../appearance.ts';

const STEPS = [
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['month', 2_629_800],
  ['year', 31_557_600],
] as const;

/** A moment as people say it, and exactly with its zone when pointed at. */
export function Moment({ at, none = '–' }: { at: string | null; none?: string }) {
  const { language } = useAppearance();
  if (at === null) return <>{none}</>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={sayingOf(language).exact.format(date)}>
      {sayTime(date, language)}
    </time>
  );
}

function sayTime(date: Date, language: string): string {
  const { day, ago } = sayingOf(language);
  const seconds = (date.getTime() - Date.now()) / 1000;
  const far = Math.abs(seconds);
  if (far > 30 * 86_400) return day.format(date);
  const [unit, length] = STEPS.findLast(([, least]) => far >= least) ?? STEPS[0];
  return ago.format(Math.round(seconds / length), unit);
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
