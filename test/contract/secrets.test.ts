import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Key } from '../../src/core/key.ts';
import type { NewSecret } from '../../src/core/secret.ts';
import { DAY_MS, noticesOver } from '../kit/notices.ts';
import { engines, keyIn, newId, newKey, newTenant, secretOf, useStore } from '../kit/stores.ts';

describe.each(engines)('the values of keys on %s', (engine) => {
  const used = useStore(engine);

  const keyOf = async (fields: Partial<Key> = {}): Promise<Key> =>
    newKey(used.store, (await newTenant(used.store)).project, fields);
  const next = (key: Key, createdAtMs: number, masked = 'kw_Cd***next'): NewSecret => ({
    ...secretOf(key),
    masked,
    createdAtMs,
  });
  const ends = async (key: Key): Promise<(number | null)[]> =>
    (await used.other.secrets.list(key.id)).map(({ endsAtMs }) => endsAtMs);

  test('T36 a rotation adds a value, ends the earlier one at its time, and shows the newer', async () => {
    const key = await keyOf();
    const [first] = await used.store.secrets.list(key.id);
    expect(first).toMatchObject({ keyId: key.id, masked: key.masked, endsAtMs: null, lastUsedAtMs: null });
    const second = next(key, 20_000);
    const after = await used.store.secrets.rotate(second, 30_000);
    expect(after).toMatchObject([
      { id: second.id, endsAtMs: null },
      { id: first!.id, endsAtMs: 30_000 },
    ]);
    expect(await used.other.keys.get(key.id)).toMatchObject({ masked: second.masked, updatedAtMs: 20_000 });
    const [found] = await used.other.keys.findByHashes([second.hash]);
    expect(found?.found).toMatchObject({ key: { id: key.id }, secret: { id: second.id, endsAtMs: null } });
  });

  test('T36 two values live at most, also when two rotations come at once; a dead one makes room', async () => {
    const key = await keyOf();
    const both = await Promise.allSettled([
      used.store.secrets.rotate(next(key, 20_000), 30_000),
      used.other.secrets.rotate(next(key, 20_001), 30_000),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
    expect(await ends(key)).toHaveLength(2);
    await expect(used.store.secrets.rotate(next(key, 29_999), 40_000)).rejects.toMatchObject({ code: 'conflict' });
    expect(await used.store.secrets.rotate(next(key, 30_000), 40_000)).toHaveLength(3);
    expect(await ends(key)).toEqual([null, 40_000, 30_000]);
  });

  test('T31 a value that was used before, by whatever key, is refused, and nothing of the rotation is kept', async () => {
    const [key, other] = [await keyOf(), await keyOf()];
    const taken = next(other, 20_000);
    await used.store.secrets.rotate(taken, 20_000);
    const again = used.store.secrets.rotate({ ...next(key, 20_000), hash: taken.hash }, 30_000);
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
    expect(await ends(key)).toEqual([null]);
    expect(await used.store.keys.get(key.id)).toEqual(key);
  });

  test('T36 the earlier value can be ended early, the newest not', async () => {
    const key = await keyOf();
    const [first] = await used.store.secrets.list(key.id);
    const second = next(key, 20_000);
    await used.store.secrets.rotate(second, 30_000);
    expect(await used.store.secrets.end(key.id, second.id, 25_000)).toBeUndefined();
    expect(await used.store.secrets.end(key.id, newId('sec'), 25_000)).toBeUndefined();
    expect(await used.store.secrets.end((await keyOf()).id, first!.id, 25_000)).toBeUndefined();
    await used.store.secrets.end(key.id, first!.id, 25_000);
    expect(await ends(key)).toEqual([null, 25_000]);
    await used.store.secrets.end(key.id, first!.id, 26_000);
    expect(await ends(key)).toEqual([null, 25_000]);
  });

  test('T36 a rotation can be taken back until the earlier value ends, and not after', async () => {
    const key = await keyOf();
    await used.store.secrets.rotate(next(key, 20_000), 30_000);
    expect(await used.store.secrets.undo(key.id, 30_000)).toBeUndefined();
    await used.store.secrets.undo(key.id, 29_999);
    expect(await ends(key)).toEqual([29_999, null]);
    expect(await used.store.keys.get(key.id)).toMatchObject({ masked: key.masked });
    expect(await used.store.secrets.undo(key.id, 29_999)).toBeUndefined();
  });

  test('a deleted key gets no value', async () => {
    const key = await keyOf();
    await used.store.keys.remove(key.id, 15_000);
    expect(await used.store.secrets.rotate(next(key, 20_000), 30_000)).toBeUndefined();
    expect(await used.store.secrets.undo(key.id, 20_000)).toBeUndefined();
    expect(await ends(key)).toEqual([null]);
  });

  test('T36 the last use is kept of each value by itself, and is never moved back', async () => {
    const key = await keyOf();
    const [first] = await used.store.secrets.list(key.id);
    const second = next(key, 20_000);
    await used.store.secrets.rotate(second, 90_000);
    const use = (secretId: string | undefined, atMs: number, address: string | null) => ({
      keyId: key.id,
      secretId,
      atMs,
      address,
    });
    await used.store.keys.touch([use(first!.id, 40_000, '192.0.2.1'), use(second.id, 50_000, '192.0.2.2')]);
    await used.other.keys.touch([use(first!.id, 30_000, '192.0.2.9'), use(undefined, 60_000, '192.0.2.3')]);
    expect(await used.store.secrets.list(key.id)).toMatchObject([
      { lastUsedAtMs: 50_000, lastUsedAddress: '192.0.2.2' },
      { lastUsedAtMs: 40_000, lastUsedAddress: '192.0.2.1' },
    ]);
    expect(await used.store.keys.get(key.id)).toMatchObject({ lastUsedAtMs: 60_000, lastUsedAddress: '192.0.2.3' });
  });

  test('D23 there is one notice of a value that is older than its key allows, and another of the next', async () => {
    const createdAtMs = 1_000 * DAY_MS;
    const key = await keyOf({ rotateEveryDays: 90, createdAtMs });
    await keyOf({ rotateEveryDays: 90, createdAtMs, status: 'disabled' });
    const kinds = async () => {
      const { accountId } = key;
      const { data } = await used.store.notices.list({ accountId, projectId: null, limit: 9 });
      return data.map(({ kind, threshold }) => `${kind} ${threshold}`);
    };
    const dueMs = createdAtMs + 90 * DAY_MS;
    await noticesOver(used.store).sweep(dueMs - 1);
    expect(await kinds()).toEqual([]);
    await noticesOver(used.store).sweep(dueMs);
    await noticesOver(used.other).sweep(dueMs + 1);
    expect(await kinds()).toEqual(['key.rotation 90']);
    await used.store.secrets.rotate(next(key, dueMs), dueMs);
    await noticesOver(used.store).sweep(dueMs + 90 * DAY_MS - 1);
    expect(await kinds()).toHaveLength(1);
    await noticesOver(used.store).sweep(dueMs + 90 * DAY_MS);
    expect(await kinds()).toHaveLength(2);
  });
});

describe.each(engines)('values that can be read again on %s', (engine) => {
  const used = useStore(engine);

  async function kept(keep: string, keyReveal: 'once' | 'recoverable' = 'recoverable'): Promise<Key> {
    const { account, project } = await newTenant(used.store);
    await used.store.policies.setAccount(account.id, { keyReveal });
    const key = keyIn(project);
    await used.store.keys.create(key, { ...secretOf(key), keep });
    return key;
  }
  const ciphertexts = async (key: Key): Promise<unknown[]> => {
    if (engine === 'postgres') {
      const { rows } = await used.place.sql('select ciphertext from secrets where key_id = $1', [key.id]);
      return rows.map(({ ciphertext }) => ciphertext);
    }
    const db = new DatabaseSync(join(used.place.dataDir, 'keyward.db'), { readOnly: true });
    const rows = db.prepare('select ciphertext from secrets where key_id = ?').all(key.id);
    db.close();
    return rows.map((row) => row['ciphertext']);
  };

  test('D07 a value is kept only where the account says so, encrypted, and the newest is read again', async () => {
    const once = await kept('value-of-once', 'once');
    expect([await used.store.secrets.reveal(once.id), await ciphertexts(once)]).toEqual([undefined, [null]]);
    const key = await kept('value-of-recoverable');
    expect(await used.other.secrets.reveal(key.id)).toBe('value-of-recoverable');
    expect(await ciphertexts(key)).toEqual([expect.stringMatching(/^v2\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+$/)]);
    await used.store.secrets.rotate({ ...secretOf(key), createdAtMs: 20_000, keep: 'the next value' }, 30_000);
    expect(await used.store.secrets.reveal(key.id)).toBe('the next value');
    await used.store.secrets.undo(key.id, 25_000);
    expect(await used.store.secrets.reveal(key.id)).toBe('value-of-recoverable');
    expect((await ciphertexts(key)).filter((one) => one !== null)).toHaveLength(1);
  });

  test('D07 the switch back to once forgets every value of the account and no other', async () => {
    const [key, other] = [await kept('one'), await kept('other')];
    await used.other.policies.setAccount(key.accountId, { keyReveal: 'once' });
    expect(await ciphertexts(key)).toEqual([null]);
    expect(await used.store.secrets.reveal(other.id)).toBe('other');
    // A creation that was decided before and is written after keeps nothing.
    const late = { ...key, id: newId('key') };
    await used.store.keys.create(late, { ...secretOf(late), keep: 'late' });
    expect(await ciphertexts(late)).toEqual([null]);
  });

  test('T31 a deleted key’s value is forgotten', async () => {
    const key = await kept('gone');
    await used.store.keys.remove(key.id, 20_000);
    expect(await ciphertexts(key)).toEqual([null]);
  });
});
