import { pino } from 'pino';
import { startApp, type App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { Fault } from '../../src/core/fault.ts';
import type { Store } from '../../src/core/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { ROOT_KEY } from './app.ts';
import type { StorePlace } from './stores.ts';

/** A call of the store on behalf of a request, as it passes by: the key it is for, where that can be told. */
export interface StoreCall {
  readonly name: 'find' | 'reserve' | 'charge' | 'settle' | 'release';
  readonly keyIds: readonly string[];
  /** Makes it. */
  run(): Promise<unknown>;
}

/** A whole Keyward in this process, whose store calls for requests can be made to fail, or to wait. */
export interface FaultyApp {
  readonly app: App;
  readonly store: Store;
  readonly logged: string[];
  /** What happens to each store call from now on; null: just what it asks for. */
  pass: ((call: StoreCall) => Promise<unknown>) | null;
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
}

export async function startFaultyApp(place: StorePlace, env: Record<string, string> = {}): Promise<FaultyApp> {
  const { dataDir } = place;
  const read = readConfig({
    PORT: '0',
    KEYWARD_DATA_DIR: dataDir,
    KEYWARD_ROOT_KEY: ROOT_KEY,
    KEYWARD_DRAIN_SECONDS: '1',
    ...(place.url !== null && { DATABASE_URL: place.url }),
    ...env,
  });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const logged: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) });
  const faulty: { store?: Store; pass: FaultyApp['pass'] } = { pass: null };
  const app = await startApp({
    config: read.config,
    log,
    async open(options) {
      faulty.store = await openStore(options);
      return passing(faulty.store, (call) => (faulty.pass ? faulty.pass(call) : call.run()));
    },
  });
  const { store } = faulty as { store: Store };
  return {
    app,
    store,
    logged,
    get pass() {
      return faulty.pass;
    },
    set pass(pass) {
      faulty.pass = pass;
    },
    async api(method, path, body) {
      const answer = await fetch(`${app.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ROOT_KEY}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      return JSON.parse(text) as never;
    },
  };
}

/** The store with the calls a request makes going through `pass`. */
function passing(store: Store, pass: (call: StoreCall) => Promise<unknown>): Store {
  const keyOf = new Map<string, string>();
  return {
    ...store,
    keys: {
      ...store.keys,
      findByHashes: (...args) =>
        pass({ name: 'find', keyIds: [], run: () => store.keys.findByHashes(...args) }) as never,
    },
    limits: {
      ...store.limits,
      reserveEach(asks) {
        for (const { call } of asks) keyOf.set(call.id, call.keyId);
        return pass({
          name: 'reserve',
          keyIds: asks.map(({ call }) => call.keyId),
          run: () => store.limits.reserveEach(asks),
        }) as never;
      },
      chargeEach: (asks) =>
        pass({
          name: 'charge',
          keyIds: asks.map(({ call }) => call.keyId),
          run: () => store.limits.chargeEach(asks),
        }) as never,
      settle: (rows) =>
        pass({
          name: 'settle',
          keyIds: rows.map(({ row }) => row.keyId),
          run: () => store.limits.settle(rows),
        }) as never,
      settleEach: (rows) =>
        pass({
          name: 'settle',
          keyIds: rows.map(({ row }) => row.keyId),
          run: () => store.limits.settleEach(rows),
        }) as never,
      release: (ids) =>
        pass({
          name: 'release',
          keyIds: ids.map((id) => keyOf.get(id) ?? ''),
          run: () => store.limits.release(ids),
        }) as never,
    },
  };
}

/** How a store call can fail: for want of the store, or by something nobody thought of. */
export const FAILURES: Record<'trouble' | 'bug', () => Error> = {
  trouble: () =>
    new Fault('store_unavailable', 'The store cannot be reached. Try again in a moment.', { private: 'injected' }),
  bug: () => new Error('injected'),
};
