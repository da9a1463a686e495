import type { AsyncLocalStorage } from 'node:async_hooks';
import { createAdapterFactory, type CleanedWhere } from 'better-auth/adapters';
import { APIError } from 'better-auth/api';
import type { Clock, NewId } from '../../core/ambient.ts';
import type { AuthCondition, AuthRow, AuthRowStore, AuthTable, AuthValue } from '../../core/session.ts';
import { FRESH_MS, tokenHash, type SessionLimits } from '../../service/sessions.ts';

const PREFIXES: Record<AuthTable, string> = {
  users: 'usr',
  sessions: 'ses',
  credentials: 'crd',
  verifications: 'vrf',
  two_factors: 'tfa',
  passkeys: 'psk',
};

const OPERATORS: Readonly<Record<string, AuthCondition['is']>> = {
  eq: '=',
  ne: '!=',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  in: 'in',
};

/** What a step of signing in goes by, and whose it turned out to be. It must still hold when the session is made. */
export interface Proof {
  userId?: string;
  passwordHash?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Until when who it is counts as just checked; left out: for as long as after a password. */
  readonly freshUntilMs?: number;
  /** From a device that signed in before. */
  readonly isKnown?: boolean;
}

/** How better-auth comes to our tables: times as milliseconds, flags as 0 and 1, session tokens only as hashes. */
export function authAdapter(deps: {
  rows: AuthRowStore;
  clock: Clock;
  newId: NewId;
  limits: SessionLimits;
  /** Of the step under way. */
  proofs: AsyncLocalStorage<Proof>;
}) {
  const { rows, clock, newId, limits, proofs } = deps;
  return createAdapterFactory({
    config: {
      adapterId: 'keyward',
      supportsBooleans: true,
      supportsDates: true,
      supportsNumericIds: false,
      transaction: false,
      customIdGenerator: ({ model }) => newId(PREFIXES[model as AuthTable] ?? model),
      customTransformInput: ({ data }: { data: unknown }) => stored(data),
      customTransformOutput: ({ data, fieldAttributes }) => {
        if (typeof data !== 'number') return data as unknown;
        if (fieldAttributes.type === 'date') return new Date(data);
        return fieldAttributes.type === 'boolean' ? data === 1 : data;
      },
    },
    adapter: () => ({
      async create({ model, data }) {
        const row = model === 'sessions' ? sessionRow(data) : (data as unknown as AuthRow);
        return shown(model, await write(model as AuthTable, row), tokenIn(data)) as typeof data;
      },
      async findOne<T>({ model, where }: { model: string; where: CleanedWhere[] }) {
        const [row] = await rows.find(model as AuthTable, conditions(where), { limit: 1 });
        return (row ? shown(model, row, soughtToken(where)) : null) as T | null;
      },
      async findMany<T>({ model, where, limit, offset, sortBy }: FindMany) {
        const found = await rows.find(model as AuthTable, conditions(where), {
          limit,
          ...(offset !== undefined && { offset }),
          ...(sortBy && { by: { column: columnOf(sortBy.field), direction: sortBy.direction } }),
        });
        return found.map((row) => shown(model, row, null)) as T[];
      },
      count: ({ model, where }) => rows.count(model as AuthTable, conditions(where)),
      async update<T>({ model, where, update }: { model: string; where: CleanedWhere[]; update: T }) {
        const [row] = await rows.change(model as AuthTable, conditions(where), update as AuthRow);
        return (row ? shown(model, row, soughtToken(where)) : null) as T | null;
      },
      async updateMany({ model, where, update }) {
        return (await rows.change(model as AuthTable, conditions(where), update as AuthRow)).length;
      },
      async delete({ model, where }) {
        await rows.remove(model as AuthTable, conditions(where));
      },
      deleteMany: async ({ model, where }) => (await rows.remove(model as AuthTable, conditions(where))).length,
      async consumeOne<T>({ model, where }: { model: string; where: CleanedWhere[] }) {
        const [row] = await rows.remove(model as AuthTable, conditions(where));
        return (row ?? null) as T | null;
      },
      async incrementOne<T>(one: {
        model: string;
        where: CleanedWhere[];
        increment: Record<string, number>;
        set?: Record<string, unknown> | undefined;
      }) {
        const set = (one.set ?? {}) as AuthRow;
        const [row] = await rows.change(one.model as AuthTable, conditions(one.where), set, one.increment);
        return (row ?? null) as T | null;
      },
    }),
  });

  /** A session, and a sign-in that is to wait for its second factor: only while what was shown is still good. */
  async function write(model: AuthTable, row: AuthRow): Promise<AuthRow> {
    const proof = proofs.getStore() ?? {};
    if (model === 'sessions') proof.userId = String(row['user_id']);
    const { userId } = proof;
    const isOfSignIn = model === 'sessions' || model === 'verifications';
    if (!isOfSignIn || userId === undefined) return rows.create(model, row);
    const made = await rows.createWhile(model, row, { ...proof, userId });
    if (!made) throw new APIError('UNAUTHORIZED', { code: 'INVALID_EMAIL_OR_PASSWORD' });
    return made;
  }

  /** Our clock and our limits, not the library's: what ends a session is decided in one place (service/sessions.ts). */
  function sessionRow(data: Record<string, unknown>): AuthRow {
    const nowMs = clock();
    return {
      ...(data as unknown as AuthRow),
      token_hash: tokenHash(String(data['token_hash'])),
      created_at_ms: nowMs,
      updated_at_ms: nowMs,
      used_at_ms: nowMs,
      fresh_until_ms: proofs.getStore()?.freshUntilMs ?? nowMs + FRESH_MS,
      expires_at_ms: nowMs + limits.lifetimeMs,
    };
  }
}

interface FindMany {
  readonly model: string;
  readonly where?: CleanedWhere[] | undefined;
  readonly limit: number;
  readonly offset?: number | undefined;
  readonly sortBy?: { readonly field: string; readonly direction: 'asc' | 'desc' } | undefined;
}

function stored(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'boolean' ? Number(value) : value;
}

function conditions(where: readonly CleanedWhere[] = []): AuthCondition[] {
  return where.map(({ field, operator, connector, value }, at) => {
    const is = OPERATORS[String(operator)];
    if (is === undefined || (connector === 'OR' && at > 0))
      throw new Error(`better-auth asks for ${operator} ${connector}`);
    const sought = field === 'token_hash' ? hashed(value) : value;
    return { column: field, is, value: sought as AuthValue | AuthValue[] };
  });
}

function hashed(value: unknown): unknown {
  return Array.isArray(value) ? value.map((one) => tokenHash(String(one))) : tokenHash(String(value));
}

/** The library is given the token it already has; where it has none, the hash in its place, which opens nothing. */
function shown(model: string, row: AuthRow, token: string | null): AuthRow {
  return model === 'sessions' && token !== null ? { ...row, token_hash: token } : row;
}

function tokenIn(data: Record<string, unknown>): string | null {
  return typeof data['token_hash'] === 'string' ? data['token_hash'] : null;
}

function soughtToken(where: readonly CleanedWhere[]): string | null {
  const found = where.find(({ field, operator }) => field === 'token_hash' && operator === 'eq');
  return typeof found?.value === 'string' ? found.value : null;
}

/** Sorting is by our column names only where the library names its own. */
function columnOf(field: string): string {
  return field === 'createdAt' ? 'created_at_ms' : field;
}
