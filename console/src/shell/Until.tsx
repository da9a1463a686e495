import { useAppearance } from '../appearance.ts';
import { sayTime, spaced } from './relativeTime.ts';
import { wholeTime } from './wholeTime.ts';

const DAY_MS = 86_400_000;

/** A moment to come, said out below the field it is chosen in: by the clock, with its zone, and how far it is. */
export function Until({ at }: { at: string }) {
  const { language } = useAppearance();
  const nowMs = Date.now();
  const days = Math.round((Date.parse(at) - nowMs) / DAY_MS);
  const far =
    days > 30
      ? spaced(new Intl.RelativeTimeFormat(language).format(days, 'day'), language)
      : sayTime(new Date(at), language, nowMs);
  return (
    <time dateTime={at}>
      {wholeTime(language).format(Date.parse(at))} · {far}
    </time>
  );
}
