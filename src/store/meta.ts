import type { Kysely } from 'kysely';
import type { MetaStore } from '../core/ports.ts';
import type { Cipher } from './cipher.ts';
import { readKeptKeys } from './keptKeys.ts';
import type { Tables } from './schema.ts';

/** Facts about the installation. */
export function createMeta(db: Kysely<Tables>, cipher: Cipher): MetaStore {
  async function get(name: string): Promise<string | undefined> {
    const row = await db.selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst();
    return row?.value;
  }
  return {
    get,
    keptKeys: () => readKeptKeys(db, cipher),
    async putOnce(name, value) {
      await db
        .insertInto('meta')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute();
      return (await get(name)) ?? value;
    },
  };
}
