import type { TFunction } from 'i18next';
import type { Limit } from '../api/types.ts';

/** What a limit counts, and over what time: the name that tells it from the others of its key. */
export function limitName({ unit, window }: Pick<Limit, 'unit' | 'window'>, t: TFunction): string {
  // Calls at once are of no time.
  return window === null ? t(`unit.${unit}`) : `${t(`unit.${unit}`)} · ${windowText(window, t)}`;
}

function windowText(window: NonNullable<Limit['window']>, t: TFunction): string {
  if (window.kind === 'lifetime') return t('window.lifetime');
  if (window.kind === 'calendar') return t(`standing.per.${window.period ?? 'day'}`);
  const seconds = window.seconds ?? 0;
  const span =
    seconds % 86_400 === 0
      ? t('span.day', { count: seconds / 86_400 })
      : seconds % 3600 === 0
        ? t('span.hour', { count: seconds / 3600 })
        : t('span.second', { count: seconds });
  return window.kind === 'session' ? t('standing.session', { span }) : t('standing.rolling', { span });
}

/** How much of a limit is taken, what is held for calls under way included. */
export function takenOf({ amount, used, reserved }: Limit) {
  const most = Number(amount);
  const held = Number(reserved ?? 0);
  const taken = Number(used ?? 0) + held;
  return { taken, reserved: held, most, percent: most === 0 ? 100 : Math.min(100, (taken / most) * 100) };
}
