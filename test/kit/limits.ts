import { deepEqual } from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { Bound } from '../../src/core/allocate.ts';
import type { Key } from '../../src/core/key.ts';
import type { LedgerRow } from '../../src/core/ledger.ts';
import type { LimitWindow, Unit } from '../../src/core/limit.ts';
import type { CallOf, ReserveAsk, Reserved, StoredLimit, SubjectRef } from '../../src/core/limitStore.ts';
import type { Store } from '../../src/core/ports.ts';
import type { Prices } from '../../src/core/price.ts';
import { NO_USAGE } from '../../src/core/usage.ts';
import { newId, newKey, newTenant, type StorePlace } from './stores.ts';

/** A Thursday. */
export const NOON_MS = Date.UTC(2027, 0, 14, 12);
export const HOUR_MS = 3_600_000;

/** One nano-unit for each token, in and out. */
export const PRICES: Prices = {
  inputNanoPerMillion: 1_000_000n,
  cachedInputNanoPerMillion: null,
  cacheWriteNanoPerMillion: null,
  outputNanoPerMillion: 1_000_000n,
};

export const WINDOWS: readonly LimitWindow[] = [
  { kind: 'session', windowMs: 5 * HOUR_MS },
  { kind: 'rolling', windowMs: HOUR_MS },
  { kind: 'calendar', period: 'day', timeZone: 'Asia/Shanghai' },
  { kind: 'lifetime' },
];
export const UNITS: readonly Unit[] = ['requests', 'tokens', 'cost', 'concurrency'];

/** A tenant with a key, whose calls are made at a time the test sets, on both engines. */
export class Ward {
  readonly store: Store;
  readonly place: StorePlace;
  readonly key: Key;
  nowMs = NOON_MS;
  #limits = 0;

  static async open(store: Store, place: StorePlace, fields: Partial<Key> = {}): Promise<Ward> {
    const { project } = await newTenant(store);
    const ward = new Ward(store, place, await newKey(store, project, fields));
    await ward.at(NOON_MS);
    return ward;
  }

  constructor(store: Store, place: StorePlace, key: Key) {
    this.store = store;
    this.place = place;
    this.key = key;
  }

  get caller(): CallOf {
    const { accountId, projectId, id: keyId, parentKeyId } = this.key;
    return { accountId, projectId: projectId!, keyId, ...(parentKeyId !== null && { parentKeyId }) };
  }

  subject(type: SubjectRef['type'] = 'key'): SubjectRef {
    const ids = { key: this.key.id, project: this.key.projectId!, account: this.key.accountId };
    if (type === 'template') return { type, id: this.key.limitTemplateId! };
    return { type, id: ids[type] };
  }

  /** Another key of the same project. */
  async sibling(fields: Partial<Key> = {}): Promise<Ward> {
    const project = { id: this.key.projectId!, accountId: this.key.accountId, name: '', createdAtMs: 0 };
    const ward = new Ward(this.store, this.place, await newKey(this.store, project, fields));
    ward.nowMs = this.nowMs;
    return ward;
  }

  /** A temporary key made from this one, which ends in a day. */
  child(fields: Partial<Key> = {}): Promise<Ward> {
    const given = { class: 'temporary', parentKeyId: this.key.id, expiresAtMs: this.nowMs + 24 * HOUR_MS } as const;
    return this.sibling({ createdAtMs: this.nowMs, ...given, ...fields });
  }

  /** Sets the time: of the asks, and of the database where that counts. */
  async at(nowMs: number): Promise<void> {
    this.nowMs = nowMs;
    await setDatabaseTime(this.place, nowMs);
  }

  limit(unit: Unit, amount: number | bigint, fields: Partial<StoredLimit> = {}): StoredLimit {
    return {
      // In the order they are made.
      id: newId(`lim_${++this.#limits}`),
      accountId: this.key.accountId,
      subject: this.subject(),
      unit,
      amount: BigInt(amount),
      window: { kind: 'lifetime' },
      sinceMs: 0,
      createdAtMs: this.nowMs,
      ...fields,
    };
  }

  async add(unit: Unit, amount: number | bigint, fields: Partial<StoredLimit> = {}): Promise<StoredLimit> {
    const limit = this.limit(unit, amount, fields);
    await this.store.limits.create(limit);
    return limit;
  }

  ask(bound: Partial<Bound> = {}): ReserveAsk {
    return {
      call: {
        id: newId('req'),
        ...this.caller,
        route: '/v1/chat/completions',
        resourceType: 'model',
        resourceId: 'mdl_1',
        resourceName: '通义千问',
        providerId: 'prv_1',
        prices: PRICES,
        address: '203.0.113.7',
        streamed: true,
      },
      bound: { inputTokens: 40, outputTokens: 60, flexible: false, prices: PRICES, ...bound },
      nowMs: this.nowMs,
    };
  }

  /** The row of a call that ended having used so many tokens, each of which costs one. */
  row(ask: ReserveAsk, answer: Reserved | undefined, tokens: number, fields: Partial<LedgerRow> = {}): LedgerRow {
    return {
      ...ask.call,
      outcome: 'answered',
      status: 200,
      usage: { ...NO_USAGE, inputTokens: tokens },
      usageSource: 'reported',
      costNano: BigInt(tokens),
      chargedTokens: tokens,
      chargedCostNano: BigInt(tokens),
      startedAtMs: answer?.admittedAtMs ?? ask.nowMs,
      firstByteMs: 5,
      durationMs: 10,
      ...fields,
    };
  }

  async reserve(...asks: ReserveAsk[]): Promise<Reserved[]> {
    return this.store.limits.reserve(asks);
  }

  async settle(...rows: LedgerRow[]): Promise<void> {
    await this.store.limits.settle(rows.map((row) => ({ row })));
  }

  /** Makes a call of 100 tokens at most that used so many; whether it was admitted. */
  async call(tokens = 100): Promise<boolean> {
    const ask = this.ask();
    const [answer] = await this.reserve(ask);
    if (!answer!.ok) return false;
    await this.settle(this.row(ask, answer, tokens));
    return true;
  }

  /** Used and reserved of each limit that applies, the key's first. */
  async states(): Promise<[used: number, reserved: number][]> {
    const states = await this.store.limits.statesOf(this.caller, this.nowMs);
    return states.map(({ used, reserved }) => [Number(used), Number(reserved)]);
  }

  /** Says nothing when counters, ledger and calls under way agree. */
  async verify(): Promise<void> {
    deepEqual(await this.store.limits.verify({ repair: false, nowMs: this.nowMs }), []);
  }
}

async function setDatabaseTime(place: StorePlace, nowMs: number): Promise<void> {
  if (place.engine !== 'postgres') return;
  await place.sql(`create or replace function keyward_now() returns bigint language sql volatile
    as $$ select ${Math.round(nowMs)}::bigint $$`);
}

/** Everything in the tables that limits are about, to be compared. */
export async function dump(place: StorePlace): Promise<Record<string, Record<string, unknown>[]>> {
  const tables = ['limits', 'counters', 'reservations', 'ledger', 'adjustments'];
  const read = place.engine === 'postgres' ? await postgresReader(place) : sqliteReader(place);
  const found: Record<string, Record<string, unknown>[]> = {};
  for (const table of tables) {
    const rows = await read(`select * from ${table}`);
    found[table] = rows.map((row) => ({ ...row })).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }
  return found;
}

type Reader = (text: string) => Promise<Record<string, unknown>[]>;

async function postgresReader(place: StorePlace): Promise<Reader> {
  return async (text) => (await place.sql(text)).rows;
}

function sqliteReader(place: StorePlace): Reader {
  return async (text) => {
    const database = new DatabaseSync(join(place.dataDir, 'keyward.db'), { readOnly: true });
    const statement = database.prepare(text);
    statement.setReadBigInts(true);
    const rows = statement.all();
    database.close();
    return rows;
  };
}

function keyOf(row: Record<string, unknown>): string {
  return JSON.stringify(Object.values(row).map(String));
}
