import { useAppearance } from '../appearance.ts';
import { sayExactly, sayTime } from './relativeTime.ts';

/** A moment as people say it, and exactly with its zone when pointed at. */
export function Moment({ at, none = '–' }: { at: string | null; none?: string }) {
  const { language } = useAppearance();
  if (at === null) return <>{none}</>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={sayExactly(date, language)}>
      {sayTime(date, language, Date.now())}
    </time>
  );
}
