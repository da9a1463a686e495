import type { Limit } from '../api/types.ts';
import type { AuditEvent } from './types.ts';

/** Which limit an event is of. */
export interface LimitOf extends Pick<Limit, 'unit' | 'window' | 'subject'> {
  /** What it is set on was called so then; its id where that is not known. */
  readonly on: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Which limit an event is of, by what the event itself holds; null: it is of none, or does not say. */
export function limitOf({ object, before, after }: Pick<AuditEvent, 'object' | 'before' | 'after'>): LimitOf | null {
  const { unit, window, subject } = (after ?? before ?? {}) as Partial<Pick<Limit, 'unit' | 'subject'>> & {
    readonly window?: Omit<NonNullable<Limit['window']>, 'seconds'> & { readonly windowMs?: number };
  };
  if (object.type !== 'limit' || unit === undefined || window === undefined || subject === undefined) return null;
  const { windowMs, ...rest } = window;
  return {
    unit,
    // Calls at once are of no time.
    window: unit === 'concurrency' ? null : { ...rest, ...(windowMs !== undefined && { seconds: windowMs / 1000 }) },
    subject,
    on: object.name ?? subject.id,
  };
}

const NANO = 1_000_000_000n;

/** The same before and after: they tell which limit it is, which is said elsewhere. */
const TELLING = new Set(['subject', 'unit', 'window']);

/** The fields of an event as they are read: of a changed limit those that changed, its amount as it is set, and from when on it counts. */
export function readable(event: Pick<AuditEvent, 'object' | 'before' | 'after'>): {
  readonly before: Fields | null;
  readonly after: Fields | null;
} {
  const limit = limitOf(event);
  const isChanged = limit !== null && event.before !== null && event.after !== null;
  const read = (fields: Fields | null): Fields | null =>
    fields &&
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]): [string, unknown][] => {
        if (isChanged && TELLING.has(name)) return [];
        if (name === 'amount' && limit?.unit === 'cost') return [[name, money(String(value))]];
        if (name === 'sinceMs' && limit) return [['since', value === 0 ? null : new Date(Number(value)).toISOString()]];
        return [[name, value]];
      }),
    );
  return { before: read(event.before), after: read(event.after) };
}

/** Billionths as a decimal. */
function money(nano: string): string {
  const all = BigInt(nano);
  const rest = String(all % NANO)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${all / NANO}${rest === '' ? '' : `.${rest}`}`;
}
