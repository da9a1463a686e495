import { sql, type Kysely } from 'kysely';
import type { NewAuditRecord } from '../core/audit.ts';
import { Fault } from '../core/fault.ts';
import { KEPT_KEYS, keptText, SECRET_CHECK, SECRET_EXCHANGE, type KeptKeys } from '../core/keptKeys.ts';
import { createAudit } from './audit.ts';
import { createCipher, macUnder } from './cipher.ts';
import type { Engine } from './engine.ts';
import { KEPT_CONTEXT, readKeptKeys } from './keptKeys.ts';
import { openEngine } from './open.ts';
import type { Tables } from './schema.ts';

/** A server secret, as much of it as the store has to do with. */
export interface SecretSide {
  /** What the store remembers of it. */
  readonly proof: string;
  /** Under which texts are encrypted. */
  readonly credentials: Uint8Array;
}

/** Makes a text of one secret one of the other; null: it is one already. Throws where it is one of neither. */
export type Reseal = (text: string) => Promise<string | null>;

/** One kind of text, and how far it has come. */
export interface ExchangeProgress {
  readonly table: string;
  /** Rows looked at, of so many. */
  readonly seen: number;
  readonly of: number;
}

/** An exchange of the server secret, in a store that no server uses. It can be broken off at any moment and begun again. */
export interface SecretExchange {
  /** `done`: the store is under the new secret already. Throws Fault `conflict` where it is under neither. */
  begin(record: NewAuditRecord): Promise<'begun' | 'resumed' | 'done'>;
  /** Every text that is not under the new secret yet, a few rows in each transaction. */
  reseal(told: (progress: ExchangeProgress) => void): Promise<void>;
  /** From here on only the new secret opens the store. Ends all sessions: their cookies are signed under the old one. */
  finish(record: NewAuditRecord): Promise<void>;
  close(): Promise<void>;
}

/** Where texts are that the store encrypts, and what each is bound to. */
const SEALED = [
  { table: 'providers', columns: ['credential'], contextOf: (id: string) => `providers/${id}/credential` },
  { table: 'webhooks', columns: ['secret', 'previous_secret'], contextOf: (id: string) => `webhooks/${id}/secret` },
  { table: 'secrets', columns: ['ciphertext'], contextOf: (id: string) => `secrets/${id}/value` },
] as const;

const BATCH = 200;

export async function openSecretExchange(options: {
  url: string | null;
  dataDir: string;
  from: SecretSide;
  to: SecretSide;
  /** What is kept of the old secret, where nothing of an older one is. */
  kept: KeptKeys;
  /** The secret of an authenticator app, which better-auth encrypts. */
  resealTotp: Reseal;
  onError: (error: Error) => void;
}): Promise<SecretExchange> {
  const { url, dataDir, from, to, onError } = options;
  const engine: Engine = await openEngine({ url, dataDir, schema: 'check', onError });
  const { db } = engine;
  const [old, fresh] = [createCipher(from.credentials), createCipher(to.credentials)];

  const kept = async (): Promise<KeptKeys> =>
    (await readKeptKeys(db, fresh)) ?? (await readKeptKeys(db, old)) ?? options.kept;

  async function appendIn(transaction: Kysely<Tables>, record: NewAuditRecord): Promise<void> {
    await createAudit(engine, { mac: macUnder((await kept()).chain) }).appendIn(transaction, record);
  }

  async function put(transaction: Kysely<Tables>, name: string, value: string): Promise<void> {
    await transaction
      .insertInto('meta')
      .values({ name, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute();
  }

  const valueOf = async (name: string): Promise<string | undefined> =>
    (await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst())?.value;

  async function refuseInUse(): Promise<void> {
    if (engine.name !== 'postgres') return;
    const { rows } = await sql<{
      n: number;
    }>`select count(*)::int as n from nodes where lease_until_ms >= keyward_now()`.execute(db);
    if ((rows[0]?.n ?? 0) > 0)
      throw new Fault(
        'conflict',
        'A server uses this database, or has until some seconds ago. Stop all of them, wait half a minute, and run this again.',
      );
  }

  async function resealTable(
    table: string,
    columns: readonly string[],
    reseal: (text: string, id: string) => Promise<string | null>,
    told: (progress: ExchangeProgress) => void,
  ): Promise<void> {
    const rows = db as unknown as Kysely<Record<string, Record<string, unknown>>>;
    const counted = await rows
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    const of = counted.n;
    let seen = 0;
    for (let last = ''; ;) {
      const after = last;
      const batch = await rows.transaction().execute(async (transaction) => {
        const found = await transaction
          .selectFrom(table)
          .select(['id', ...columns])
          .where('id', '>', after)
          .orderBy('id')
          .limit(BATCH)
          .execute();
        for (const row of found) {
          const id = String(row['id']);
          const change: Record<string, string> = {};
          for (const column of columns) {
            const text = row[column];
            const resealed =
              typeof text === 'string' && text !== '' ? await reseal(text, id).catch(() => refused(table, id)) : null;
            if (resealed !== null) change[column] = resealed;
          }
          if (Object.keys(change).length > 0)
            await transaction.updateTable(table).set(change).where('id', '=', id).execute();
        }
        return found;
      });
      seen += batch.length;
      if (batch.length > 0 || seen === 0) told({ table, seen, of });
      if (batch.length < BATCH) return;
      last = String(batch.at(-1)?.['id']);
    }
  }

  return {
    async begin(record) {
      await refuseInUse();
      const [stored, under] = [await valueOf(SECRET_CHECK), await valueOf(SECRET_EXCHANGE)];
      if (under === to.proof) return 'resumed';
      if (under !== undefined)
        throw new Fault(
          'conflict',
          'An exchange to another secret was begun here and not finished. Finish it first, with that secret.',
        );
      if (stored === to.proof) return 'done';
      if (stored !== from.proof)
        throw new Fault(
          'conflict',
          'The store is under neither of the two secrets: KEYWARD_SECRET_PREVIOUS has to be the one it was used with last.',
        );
      const keys = await kept();
      await db.transaction().execute(async (transaction) => {
        await appendIn(transaction, record);
        await put(transaction, KEPT_KEYS, fresh.encrypt(keptText(keys), KEPT_CONTEXT));
        await put(transaction, SECRET_EXCHANGE, to.proof);
      });
      return 'begun';
    },

    async reseal(told) {
      for (const { table, columns, contextOf } of SEALED) {
        await resealTable(
          table,
          columns,
          async (text, id) => {
            const context = contextOf(id);
            return fresh.opens(text, context) ? null : fresh.encrypt(old.decrypt(text, context), context);
          },
          told,
        );
      }
      await resealTable('two_factors', ['secret'], options.resealTotp, told);
    },

    async finish(record) {
      await db.transaction().execute(async (transaction) => {
        await appendIn(transaction, record);
        await put(transaction, SECRET_CHECK, to.proof);
        await transaction.deleteFrom('meta').where('name', '=', SECRET_EXCHANGE).execute();
        await transaction.deleteFrom('sessions').execute();
        await transaction.deleteFrom('verifications').execute();
      });
    },

    close: () => engine.close(),
  };
}

function refused(table: string, id: string): never {
  throw new Fault(
    'conflict',
    `What is encrypted in ${table} ${id} opens under neither secret. Nothing of it was changed; restore it from a backup, or enter it anew before the exchange.`,
  );
}
