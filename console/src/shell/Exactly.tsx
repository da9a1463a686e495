import { useAppearance } from '../appearance.ts';

/** A moment to the second, for what comes close together. */
export function Exactly({ at }: { at: string }) {
  const { language } = useAppearance();
  const format = new Intl.DateTimeFormat(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return <time dateTime={at}>{format.format(new Date(at))}</time>;
}
