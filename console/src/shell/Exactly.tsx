import { useAppearance } from '../appearance.ts';
import { sayExactly } from './relativeTime.ts';

/**
 * A moment to the second, for what comes close together. In UTC, as the days that such lists are narrowed by and the sums of
 * usage; where whoever looks is, when pointed at.
 */
export function Exactly({ at }: { at: string }) {
  const { language } = useAppearance();
  const format = new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  });
  const date = new Date(at);
  return (
    <time dateTime={at} title={sayExactly(date, language)}>
      {format.format(date)} <span className="soft">UTC</span>
    </time>
  );
}
