import { Fault } from '../core/fault.ts';

/** An error of SQLite, carried over from its thread. `errcode` is SQLite's extended result code. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError';
  readonly errcode: number;

  constructor(message: string, errcode: number) {
    super(message);
    this.errcode = errcode;
  }
}

/** The store cannot be used now. What happened goes to the log, not to the caller: it may name hosts and files. */
export function unavailable(cause: unknown, privately: string = describe(cause)): Fault {
  return new Fault('store_unavailable', 'The store cannot be reached. Try again in a moment.', {
    cause,
    private: privately,
  });
}

/** Wraps every function of a part of the store, so that what went wrong leaves it as a fault or as a bug. */
export function guarded<T extends object>(part: T): T {
  const wrapped = Object.entries(part).map(([name, member]: [string, unknown]) => [
    name,
    typeof member === 'function' ? guard(member as AsyncFunction) : member,
  ]);
  return Object.fromEntries(wrapped) as T;
}

type AsyncFunction = (...args: unknown[]) => Promise<unknown>;

function guard(run: AsyncFunction): AsyncFunction {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      throw toFault(error);
    }
  };
}

/** The fault behind an error; an error that is a bug (a wrong query, a wrong type) comes back as it is. */
export function toFault(error: unknown): unknown {
  if (error instanceof Fault) return error;
  const state = sqlState(error);
  if (state !== undefined) {
    if (state === '22021' || state === '22P05') return unstorable();
    return TROUBLE_STATES.test(state) ? unavailable(error) : error;
  }
  if (error instanceof SqliteError) return SQLITE_TROUBLE.has(error.errcode & 0xff) ? unavailable(error) : error;
  return isConnectionTrouble(error) ? unavailable(error) : error;
}

/** Postgres cannot hold U+0000 in a text, so no engine takes it. */
export function unstorable(): Fault {
  return new Fault(
    'invalid_request',
    'A text in this request contains the character U+0000, which cannot be stored. Remove it.',
  );
}

/** Whether a row with the same unique value is already there. */
export function isTaken(error: unknown): boolean {
  if (error instanceof SqliteError) return error.errcode === 2067 || error.errcode === 1555;
  return sqlState(error) === '23505';
}

/** Whether a row is missing that this one refers to, or one is still there that refers to it. */
export function isBoundElsewhere(error: unknown): boolean {
  if (error instanceof SqliteError) return error.errcode === 787 || error.errcode === 1811;
  return sqlState(error) === '23503' || sqlState(error) === '23001';
}

/**
 * Connection lost (08), out of resources (53), shut down (57P), time-out (57014), deadlock and serialisation (40),
 * read-only after a failover (25006), lock time-out (55P03), idle in a transaction (25P03), log-in refused (28),
 * disk trouble (58), damaged data (XX001, XX002).
 */
const TROUBLE_STATES = /^(08|53|57P|57014|40|25006|25P03|55P03|28|3D|58|XX00[12])/;

/** busy, locked, read-only, I/O, corrupt, full, cannot open, protocol, not a database (sqlite.org/rescode.html). */
const SQLITE_TROUBLE = new Set([5, 6, 8, 10, 11, 13, 14, 15, 26]);

/** `pg` reports a lost connection as a plain Error, the system as one with `syscall`, several addresses as an AggregateError. */
function isConnectionTrouble(error: unknown): boolean {
  if (error instanceof AggregateError) return true;
  if (!(error instanceof Error) || error.name !== 'Error') return false;
  return 'syscall' in error || /connection|timeout|not queryable|cannot use a pool/i.test(error.message);
}

function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function describe(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(describe).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
}
