import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { engines, newPlace, newTenant, type StorePlace } from '../kit/stores.ts';

describe.each(engines)('the schema on %s', (engine) => {
  test('a store of a newer program is refused, and left as it is', async () => {
    const place = await newPlace(engine);
    await (await place.open()).close();
    await run(
      place,
      `insert into keyward_migrations (name, timestamp) values ('999_future', '2099-01-01T00:00:00.000Z')`,
    );
    const refusal = {
      code: 'store_unavailable',
      message: expect.stringMatching(/newer Keyward.*999_future/) as string,
    };
    await expect(place.open()).rejects.toMatchObject(refusal);
    await expect(place.open()).rejects.toMatchObject(refusal);
    await run(place, `delete from keyward_migrations where name = '999_future'`);
    await (await place.open()).close();
    await place.clear();
  });

  test('opening again changes nothing', async () => {
    const place = await newPlace(engine);
    const first = await place.open();
    const { account } = await newTenant(first);
    await first.close();
    const again = await place.open();
    expect(await again.accounts.get(account.id)).toEqual(account);
    await again.close();
    await place.clear();
  });
});

async function run(place: StorePlace, text: string): Promise<void> {
  if (place.engine === 'postgres') return void (await place.sql(text));
  const database = new DatabaseSync(join(place.dataDir, 'keyward.db'));
  database.exec(text);
  database.close();
}
