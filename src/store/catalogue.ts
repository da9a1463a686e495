import type { Kysely } from 'kysely';
import type { Endpoint, Model, Provider, Service } from '../core/catalogue.ts';
import { Fault } from '../core/fault.ts';
import type { Group } from '../core/group.ts';
import type { CatalogueStore, CatalogueTable } from '../core/ports.ts';
import { formatMoney, parseMoney, pricesFromJson, pricesToJson, type Prices, type PricesJson } from '../core/price.ts';
import type { Cipher } from './cipher.ts';
import { codec, json, plain, type Codec, type Column } from './columns.ts';
import { isBoundElsewhere, isTaken } from './faults.ts';
import { removeGroup } from './groups.ts';
import type { Tables, Value } from './schema.ts';

/** Providers, models, endpoints, services and groups. A provider's credential is encrypted before it gets here. */
export function createCatalogue(
  db: Kysely<Tables>,
  cipher: Cipher,
  /** Where it is looked up who refers to what could not be deleted: a transaction that failed answers nothing. */
  outside: Kysely<Tables> = db,
): CatalogueStore {
  const providers = createTable(db, 'provider', PROVIDER, outside);
  const seal = <T extends Partial<Provider>>(id: string, provider: T): T =>
    provider.credential ? { ...provider, credential: cipher.encrypt(provider.credential, credentialOf(id)) } : provider;
  const unseal = (provider: Provider): Provider =>
    provider.credential
      ? { ...provider, credential: cipher.decrypt(provider.credential, credentialOf(provider.id)) }
      : provider;
  return {
    read() {
      return db
        .transaction()
        .setAccessMode('read only')
        .setIsolationLevel('repeatable read')
        .execute(async (snapshot) => ({
          providers: (await all(snapshot, 'provider', PROVIDER)).map(unseal),
          models: await all(snapshot, 'model', MODEL),
          endpoints: await all(snapshot, 'endpoint', ENDPOINT),
          services: await all(snapshot, 'service', SERVICE),
          groups: await all(snapshot, 'group', GROUP),
        }));
    },
    providers: {
      create: (provider) => providers.create(seal(provider.id, provider)),
      async update(id, change) {
        const changed = await providers.update(id, seal(id, change));
        return changed && unseal(changed);
      },
      remove: (id) => providers.remove(id),
    },
    models: createTable(db, 'model', MODEL, outside),
    endpoints: createTable(db, 'endpoint', ENDPOINT, outside),
    services: createTable(db, 'service', SERVICE, outside),
    groups: { ...createTable(db, 'group', GROUP, outside), remove: (id) => removeGroup(db, outside, id) },
  };
}

type Noun = 'provider' | 'model' | 'endpoint' | 'service' | 'group';
const TABLE = {
  provider: 'providers',
  model: 'models',
  endpoint: 'endpoints',
  service: 'services',
  group: 'groups',
} as const satisfies Record<Noun, keyof Tables>;
type CatalogueTables = (typeof TABLE)[Noun];

/** The context a credential is encrypted for: moved to another provider's row it does not open. */
function credentialOf(providerId: string): string {
  return `providers/${providerId}/credential`;
}

const PROVIDER = codec<Provider>({
  id: plain('id'),
  name: plain('name'),
  kind: plain('kind'),
  baseUrl: plain('base_url'),
  credential: plain('credential'),
  credentialHeader: plain('credential_header'),
  timeoutMs: plain('timeout_ms'),
  idleTimeoutMs: plain('idle_timeout_ms'),
  createdAtMs: plain('created_at_ms'),
});

const prices: Column<Prices | null> = {
  name: 'prices',
  write: (value) => value && JSON.stringify(pricesToJson(value)),
  read: (value) => value && pricesFromJson(JSON.parse(value as string) as PricesJson),
};

const MODEL = codec<Model>({
  id: plain('id'),
  name: plain('name'),
  accountId: plain('account_id'),
  projectId: plain('project_id'),
  providerId: plain('provider_id'),
  upstreamModel: plain('upstream_model'),
  prices,
  maxOutputTokens: plain('max_output_tokens'),
  createdAtMs: plain('created_at_ms'),
});

const ENDPOINT = codec<Endpoint>({
  id: plain('id'),
  accountId: plain('account_id'),
  projectId: plain('project_id'),
  name: plain('name'),
  modelId: plain('model_id'),
  providerId: plain('provider_id'),
  upstreamModel: plain('upstream_model'),
  maxOutputTokens: plain('max_output_tokens'),
  createdAtMs: plain('created_at_ms'),
});

const SERVICE = codec<Service>({
  id: plain('id'),
  accountId: plain('account_id'),
  projectId: plain('project_id'),
  name: plain('name'),
  description: plain('description'),
  providerId: plain('provider_id'),
  createdAtMs: plain('created_at_ms'),
});

const multiplier: Column<bigint> = {
  name: 'price_multiplier',
  write: formatMoney,
  read: (value) => {
    const nano = parseMoney(value as string);
    if (nano === null) throw new RangeError('A group’s multiplier is no decimal');
    return nano;
  },
};

const GROUP = codec<Group>({
  id: plain('id'),
  name: plain('name'),
  description: plain('description'),
  opens: json('opens'),
  openTo: json('open_to'),
  priceMultiplierNano: multiplier,
  createdAtMs: plain('created_at_ms'),
});

/** The five tables have the same verbs; Kysely's types cannot say "one of these tables", so here they are taken as `models`. */
function asTable(noun: Noun): 'models' {
  return TABLE[noun] satisfies CatalogueTables as 'models';
}

const CODECS = { provider: PROVIDER, model: MODEL, endpoint: ENDPOINT, service: SERVICE, group: GROUP };
type Thing<N extends Noun> = ReturnType<(typeof CODECS)[N]['fromRow']>;

/** One thing of the catalogue as it is stored: a provider's credential is still encrypted. */
export async function findInCatalogue<N extends Noun>(
  db: Kysely<Tables>,
  noun: N,
  id: string,
): Promise<Thing<N> | undefined> {
  const row = await db.selectFrom(asTable(noun)).selectAll().where('id', '=', id).executeTakeFirst();
  return row && (CODECS[noun].fromRow({ ...row }) as Thing<N>);
}

async function all<T>(db: Kysely<Tables>, noun: Noun, codec: Codec<T>): Promise<T[]> {
  const rows = await db.selectFrom(asTable(noun)).selectAll().orderBy('created_at_ms').orderBy('id').execute();
  return rows.map((row) => codec.fromRow({ ...row }));
}

function createTable<T extends { readonly id: string; readonly name: string }>(
  db: Kysely<Tables>,
  noun: Noun,
  codec: Codec<T>,
  outside: Kysely<Tables>,
): CatalogueTable<T> {
  const table = asTable(noun);
  return {
    async create(item) {
      try {
        await db
          .insertInto(table)
          .values(codec.toRow(item) as never)
          .execute();
      } catch (error) {
        throw refused(error, noun, item);
      }
    },

    async update(id, change) {
      const fields = change as Partial<T>;
      const row: Record<string, Value> = codec.toRow(fields);
      try {
        const found =
          Object.keys(row).length === 0
            ? db.selectFrom(table).selectAll().where('id', '=', id)
            : db
                .updateTable(table)
                .set(row as never)
                .where('id', '=', id)
                .returningAll();
        const changed = await found.executeTakeFirst();
        return changed && codec.fromRow({ ...changed });
      } catch (error) {
        throw refused(error, noun, fields);
      }
    },

    async remove(id) {
      try {
        const { numDeletedRows } = await db.deleteFrom(table).where('id', '=', id).executeTakeFirst();
        return numDeletedRows > 0n;
      } catch (error) {
        if (isBoundElsewhere(error)) throw await stillInUse(outside, noun, id, error);
        throw error;
      }
    },
  };
}

/** The conflict behind an error of writing; any other error as it is. */
function refused(error: unknown, noun: Noun, item: { readonly id?: string; readonly name?: string }): unknown {
  if (isTaken(error)) {
    const what = item.name === undefined ? `the id ${item.id}` : `the name ${item.name}`;
    return new Fault(
      'conflict',
      `There is already ${noun === 'endpoint' ? 'an' : 'a'} ${noun} with ${what}. Choose another.`,
      { cause: error },
    );
  }
  if (isBoundElsewhere(error))
    return new Fault(
      'conflict',
      `This ${noun} refers to something that does not exist: check its ${REFERS_TO[noun].join(', ')}.`,
      { cause: error },
    );
  return error;
}

const REFERS_TO: Record<Noun, readonly string[]> = {
  provider: [],
  model: ['project', 'provider'],
  endpoint: ['project', 'model', 'provider'],
  service: ['project', 'provider'],
  group: [],
};

/** Who refers to what, by column. */
const REFERRERS: Record<Noun, readonly (readonly [noun: Noun, column: string])[]> = {
  provider: [
    ['model', 'provider_id'],
    ['endpoint', 'provider_id'],
    ['service', 'provider_id'],
  ],
  model: [['endpoint', 'model_id']],
  endpoint: [],
  service: [],
  group: [],
};

/** Most referrers that are named one by one. */
const MOST_NAMED = 5;

async function stillInUse(db: Kysely<Tables>, noun: Noun, id: string, cause: unknown): Promise<Fault> {
  const named: string[] = [];
  for (const [referrer, column] of REFERRERS[noun]) {
    const rows = await db
      .selectFrom(asTable(referrer))
      .select('name')
      .where(column as 'provider_id', '=', id)
      .orderBy('name')
      .limit(MOST_NAMED + 1)
      .execute();
    named.push(...rows.map((row) => `${referrer} ${row.name}`));
  }
  const shown = named.slice(0, MOST_NAMED).join(', ') + (named.length > MOST_NAMED ? ' and others' : '');
  return new Fault(
    'conflict',
    `This ${noun} is still used by ${shown || 'something else'}. Delete or change that first.`,
    { cause },
  );
}
