import { Tooltip } from 'antd';
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
  const exact = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long' }).format(date);
  return (
    <Tooltip title={exact}>
      <time dateTime={at}>{sayTime(date, language)}</time>
    </Tooltip>
  );
}

function sayTime(date: Date, language: string): string {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const far = Math.abs(seconds);
  if (far > 30 * 86_400) return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(date);
  const [unit, length] = STEPS.findLast(([, least]) => far >= least) ?? STEPS[0];
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(seconds / length), unit);
}
