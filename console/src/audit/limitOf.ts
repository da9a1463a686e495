import type { TFunction } from 'i18next';
import type { Limit } from '../api/types.ts';
import { limitName } from '../limits/limitText.ts';
import type { AuditEvent } from './types.ts';

/** Which limit an event is of. */
export interface LimitOf extends Pick<Limit, 'unit' | 'window' | 'subject'> {
  /** What it is set on was called so then; its id where that is not known. */
  readonly on: string;
}

type Fields = Readonly<Record<string, unknown>>;
type Unit = Limit['unit'];
type KeptWindow = Omit<NonNullable<Limit['window']>, 'seconds'> & { readonly windowMs?: number };

/** A limit as an event of its key or template holds it. */
interface KeptLimit {
  readonly unit: Unit;
  readonly amount: string;
  readonly window: KeptWindow;
  readonly sinceMs: number;
}

/** Which limit an event is of, by what the event itself holds; null: it is of none, or does not say. */
export function limitOf({ object, before, after }: Pick<AuditEvent, 'object' | 'before' | 'after'>): LimitOf | null {
  const { unit, window, subject } = (after ?? before ?? {}) as Partial<Pick<Limit, 'unit' | 'subject'>> & {
    readonly window?: KeptWindow;
  };
  if (object.type !== 'limit' || unit === undefined || window === undefined || subject === undefined) return null;
  return { unit, window: windowOf(unit, window), subject, on: object.name ?? subject.id };
}

function windowOf(unit: Unit, { windowMs, ...rest }: KeptWindow): Limit['window'] {
  // Calls at once are of no time.
  return unit === 'concurrency' ? null : { ...rest, ...(windowMs !== undefined && { seconds: windowMs / 1000 }) };
}

const NANO = 1_000_000_000n;

/** The same before and after: they tell which limit it is, which is said elsewhere. */
const TELLING = new Set(['subject', 'unit', 'window']);

/**
 * The fields of an event as they are read: of a changed limit those that changed, its amount as it is set, and from when on it
 * counts; of limits that are made with a key or a template one line each.
 */
export function readable(
  event: Pick<AuditEvent, 'object' | 'before' | 'after'>,
  t: TFunction,
): { readonly before: Fields | null; readonly after: Fields | null } {
  const limit = limitOf(event);
  const isChanged = limit !== null && event.before !== null && event.after !== null;
  const read = (fields: Fields | null): Fields | null =>
    fields &&
    Object.fromEntries(
      Object.entries(fields).flatMap(([name, value]): [string, unknown][] => {
        if (isChanged && TELLING.has(name)) return [];
        if (name === 'amount' && limit) return [[name, amountOf(limit.unit, String(value))]];
        if (name === 'sinceMs' && limit) return [['since', since(Number(value))]];
        if (isLimits(value)) return [[name, value.map((one) => inLine(one, t))]];
        return [[name, value]];
      }),
    );
  return { before: read(event.before), after: read(event.after) };
}

function isLimits(value: unknown): value is KeptLimit[] {
  return (
    Array.isArray(value) &&
    value.every((one) => typeof one === 'object' && one !== null && 'unit' in one && 'amount' in one && 'window' in one)
  );
}

function inLine({ unit, amount, window, sinceMs }: KeptLimit, t: TFunction): string {
  const from = since(sinceMs);
  const name = limitName({ unit, window: windowOf(unit, window) }, t);
  return `${name}: ${amountOf(unit, amount)}${from === null ? '' : ` (since ${from})`}`;
}

/** From when on use counts; null: all of it does. */
function since(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}

function amountOf(unit: Unit, amount: string): string {
  return unit === 'cost' ? money(amount) : amount;
}

/** Billionths as a decimal. */
function money(nano: string): string {
  const all = BigInt(nano);
  const rest = String(all % NANO)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${all / NANO}${rest === '' ? '' : `.${rest}`}`;
}
