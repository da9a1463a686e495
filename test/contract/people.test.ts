import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { User } from '../../src/core/people.ts';
import { engines, newId, useStore, type StorePlace } from '../kit/stores.ts';

const HASH = '$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA';

describe.each(engines)('people on %s', (engine) => {
  const used = useStore(engine);

  async function newUser(fields: Partial<User> = {}): Promise<User> {
    const id = newId('usr');
    const user: User = {
      id,
      email: `${id}@example.com`,
      name: '张三',
      isOperator: false,
      status: 'active',
      createdAtMs: 1_800_000_000_000,
      twoFactor: false,
      ...fields,
    };
    await used.store.people.create(user, HASH);
    return user;
  }

  test('a user is read as it was written, by id and by e-mail in whatever case', async () => {
    const user = await newUser({ isOperator: true });
    expect(await used.other.people.get(user.id)).toEqual(user);
    expect(await used.other.people.findByEmail(` ${user.email.toUpperCase()} `)).toEqual(user);
    expect(await used.other.people.passwordHash(user.id)).toBe(HASH);
    expect(await used.store.people.get('usr_none')).toBeUndefined();
    expect(await used.store.people.findByEmail('none@example.com')).toBeUndefined();
    expect(await used.store.people.passwordHash('usr_none')).toBeUndefined();
  });

  test('many are read at once, unknown ones left out', async () => {
    const [a, b] = [await newUser(), await newUser()];
    const found = await used.store.people.getMany([a.id, 'usr_none', b.id]);
    expect(found.toSorted(byId)).toEqual([a, b].toSorted(byId));
    expect(await used.store.people.getMany([])).toEqual([]);
  });

  test('an e-mail belongs to one user, however it is written and whoever is first', async () => {
    const user = await newUser();
    await expect(newUser({ email: user.email.toUpperCase() })).rejects.toMatchObject({ code: 'conflict' });
    const email = `${newId('twice')}@example.com`;
    const made = await Promise.allSettled([newUser({ email }), newUser({ email }), newUser({ email })]);
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('people are listed newest first, page by page, by status, and found by name or e-mail', async () => {
    const word = newId('word').replaceAll('_', '');
    const users = [];
    for (const number of [1, 2, 3, 4, 5]) users.push(await newUser({ name: `${word} Ünal`, createdAtMs: number }));
    await used.store.people.setStatus(users[0]!.id, 'disabled', 9);
    const search = `${word} ünal`;
    const first = await used.store.people.list({ search, limit: 3 });
    expect(first.data.map(({ createdAtMs }) => createdAtMs)).toEqual([5, 4, 3]);
    const rest = await used.store.people.list({ search, limit: 3, cursor: first.nextCursor! });
    expect(rest).toMatchObject({ data: [{ createdAtMs: 2 }, { createdAtMs: 1 }], nextCursor: null });
    expect((await used.store.people.list({ search, status: 'disabled', limit: 9 })).data).toHaveLength(1);
    expect((await used.store.people.list({ search: users[1]!.email, limit: 9 })).data).toEqual([users[1]]);
    expect((await used.store.people.list({ search: '%', limit: 9 })).data).toEqual([]);
    await expect(used.store.people.list({ limit: 1, cursor: 'no' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('status, operator and password change alone', async () => {
    const user = await newUser();
    await newUser({ isOperator: true });
    expect(await used.store.people.setOperator(user.id, true, 5)).toEqual({ ...user, isOperator: true });
    expect(await used.other.people.setStatus(user.id, 'disabled', 6)).toEqual({
      ...user,
      isOperator: true,
      status: 'disabled',
    });
    expect(await used.store.people.setStatus('usr_none', 'disabled', 7)).toBeUndefined();
    await used.store.people.setPassword(user.id, 'other', 8);
    expect(await used.other.people.passwordHash(user.id)).toBe('other');
    expect(await used.store.people.get(user.id)).toMatchObject({ name: user.name, isOperator: true });
  });

  test('Z16 a profile is changed out of a session that is there: another e-mail ends the others, a taken one changes nothing', async () => {
    const [user, other] = [await newUser(), await newUser()];
    for (const name of ['a', 'b']) await addSession(used.place, `${user.id}_${name}`, user.id);
    const own = `${user.id}_a`;
    const { people } = used.store;
    expect(await people.setProfile(user.id, { name: 'Ünal' }, 5, own)).toEqual({ ...user, name: 'Ünal' });
    expect((await people.list({ search: `ünal`, limit: 9 })).data.map(({ id }) => id)).toContain(user.id);
    expect(await sessionsOf(used.place, user.id)).toHaveLength(2);
    const ended = people.setProfile(user.id, { name: 'Nobody' }, 6, `${other.id}_a`);
    await expect(ended).rejects.toMatchObject({ code: 'unauthenticated' });
    const taken = people.setProfile(user.id, { name: 'Taken', email: other.email.toUpperCase() }, 7, own);
    await expect(taken).rejects.toMatchObject({ code: 'conflict' });
    expect(await used.other.people.get(user.id)).toEqual({ ...user, name: 'Ünal' });
    expect(await sessionsOf(used.place, user.id)).toHaveLength(2);
    const email = `new-${user.email}`;
    expect(await people.setProfile(user.id, { email }, 8, own)).toMatchObject({ email });
    expect(await sessionsOf(used.place, user.id)).toEqual([own]);
  });

  test('Z18 a lost second factor goes with all that was begun by it, and with the password', async () => {
    const [user, other] = [await newUser(), await newUser()];
    const { people, authRows } = used.store;
    for (const { id } of [user, other]) {
      await addSession(used.place, `${id}_a`, id);
      const row = { id: `tfa_${id}`, user_id: id, secret: 'kept', backup_codes: '[]', verified: 1 };
      await authRows.create('two_factors', row);
      await authRows.change('users', [{ column: 'id', is: '=', value: id }], { two_factor_enabled: 1 });
    }
    await people.removeSecondFactor(user.id, 5);
    expect(await people.get(user.id)).toMatchObject({ twoFactor: false });
    expect(await people.passwordHash(user.id)).toBeUndefined();
    expect(await sessionsOf(used.place, user.id)).toEqual([]);
    await people.setPassword(user.id, 'new', 6);
    await expect(people.removeSecondFactor(user.id, 7)).rejects.toMatchObject({ code: 'conflict' });
    expect(await people.passwordHash(user.id)).toBe('new');
    expect(await people.get(other.id)).toMatchObject({ twoFactor: true });
    expect(await sessionsOf(used.place, other.id)).toHaveLength(1);
    expect(await people.passwordHash(other.id)).toBe(HASH);
  });

  test('Z16 an identity is one user’s, and by e-mail it finds only a user whose e-mail somebody vouches for', async () => {
    const [user, other, own] = [await newUser(), await newUser(), await newUser()];
    const { people } = used.store;
    const identity = { issuer: 'https://id.example/', subject: user.id };
    const how = (byEmail: string | null) => ({ id: newId('crd'), nowMs: 5, byEmail });
    const conflict = { code: 'conflict' };
    expect(await people.findByIdentity(identity)).toBeUndefined();
    await expect(people.link(user.id, identity, how(other.email))).rejects.toMatchObject(conflict);
    await people.link(user.id, identity, how(user.email));
    expect(await used.other.people.findByIdentity(identity)).toEqual(user);
    expect(await people.findByIdentity({ ...identity, issuer: 'https://other.example/' })).toBeUndefined();
    expect(await people.issuersOf(user.id)).toEqual([identity.issuer]);
    await expect(people.link(other.id, identity, how(null))).rejects.toMatchObject(conflict);
    const second = { ...identity, subject: `${user.id}-2` };
    await expect(people.link(user.id, second, how(user.email))).rejects.toMatchObject(conflict);
    await people.link(user.id, second, how(null));
    expect([await people.findByIdentity(identity), (await people.findByIdentity(second))?.id]).toEqual([
      undefined,
      user.id,
    ]);

    await addSession(used.place, `${own.id}_a`, own.id);
    const email = `new-${own.email}`;
    await people.setProfile(own.id, { email }, 6, `${own.id}_a`);
    const theirs = { ...identity, subject: own.id };
    await expect(people.link(own.id, theirs, how(email))).rejects.toMatchObject(conflict);
    await people.setStatus(other.id, 'disabled', 7);
    await expect(people.link(other.id, theirs, how(null))).rejects.toMatchObject(conflict);

    await expect(people.unlink(user.id)).rejects.toMatchObject(conflict);
    expect((await people.findByIdentity(second))?.id).toBe(user.id);
    await people.setPassword(user.id, 'new', 8);
    await people.unlink(user.id);
    await expect(people.unlink(user.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await people.findByIdentity(second)).toBeUndefined();
    expect(await people.passwordHash(user.id)).toBe('new');
    await expect(people.link(user.id, second, how(user.email))).rejects.toMatchObject(conflict);
    await people.link(user.id, second, how(null));
    expect((await people.findByIdentity(second))?.id).toBe(user.id);
  });

  test('Z16 tied by e-mail a user keeps nothing they could sign in with before, tied by hand all of it; refused, too', async () => {
    const [user, hand, operator, owner] = [
      await newUser(),
      await newUser(),
      await newUser({ isOperator: true }),
      await newUser(),
    ];
    const { people, authRows, passwordResets } = used.store;
    const issuer = 'https://id.example/';
    const how = (byEmail: string | null) => ({ id: newId('crd'), nowMs: 5, byEmail });
    for (const { id } of [user, hand, operator]) {
      await addSession(used.place, `${id}_a`, id);
      const row = { id: `tfa_${id}`, user_id: id, secret: 'kept', backup_codes: '[]', verified: 1 };
      await authRows.create('two_factors', row);
      await authRows.change('users', [{ column: 'id', is: '=', value: id }], { two_factor_enabled: 1 });
      const passkey = { id: `psk_${id}`, user_id: id, credential_id: id, public_key: 'key', counter: 0 };
      await authRows.create('passkeys', { ...passkey, device_type: 'singleDevice', backed_up: 0 });
      // Renamed under the conditions that name it and its owner, as the door does.
      const named = (userId: string) =>
        authRows.change(
          'passkeys',
          [
            { column: 'id', is: '=', value: passkey.id },
            { column: 'user_id', is: '=', value: userId },
          ],
          { name: `of ${userId}` },
        );
      expect([await named('usr_nobody'), await named(id)]).toMatchObject([[], [{ id: passkey.id, name: `of ${id}` }]]);
      const reset = { id: `rst_${id}`, userId: id, createdBy: 'root', createdAtMs: 1, expiresAtMs: 9 };
      await passwordResets.create(reset, `hash ${id}`);
    }
    const left = async ({ id }: User) => [
      (await people.passwordHash(id)) !== undefined,
      (await people.get(id))?.twoFactor,
      await authRows.count('two_factors', [{ column: 'user_id', is: '=', value: id }]),
      await authRows.count('passkeys', [{ column: 'user_id', is: '=', value: id }]),
      (await sessionsOf(used.place, id)).length,
      (await passwordResets.find(`hash ${id}`, 2)) !== undefined,
    ];
    const all = [true, true, 1, 1, 1, true];
    await people.link(owner.id, { issuer, subject: `${user.id} taken` }, how(null));
    const conflict = { code: 'conflict' };
    const taken = people.link(user.id, { issuer, subject: `${user.id} taken` }, how(user.email));
    await expect(taken).rejects.toMatchObject(conflict);
    expect(await left(user)).toEqual(all);
    await expect(people.link(operator.id, { issuer, subject: operator.id }, how(operator.email))).rejects.toMatchObject(
      conflict,
    );
    expect(await left(operator)).toEqual(all);
    await people.link(hand.id, { issuer, subject: hand.id }, how(null));
    expect(await left(hand)).toEqual(all);
    await people.link(user.id, { issuer, subject: user.id }, how(user.email));
    expect(await left(user)).toEqual([false, false, 0, 0, 0, false]);
    // What was under way out of a session that the tie has ended ties nobody in the place of the owner.
    const late = people.link(user.id, { issuer, subject: 'late' }, { ...how(null), sessionId: `${user.id}_a` });
    await expect(late).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await people.findByIdentity({ issuer, subject: user.id }))?.id).toBe(user.id);
    await people.link(hand.id, { issuer, subject: 'new' }, { ...how(null), sessionId: `${hand.id}_a` });
    expect((await people.findByIdentity({ issuer, subject: 'new' }))?.id).toBe(hand.id);
    // Whoever keeps the store's last operator is another test's.
    await authRows.change('users', [{ column: 'id', is: '=', value: operator.id }], { operator: 0 });
  });

  test('an operator who can sign in is left, when two end each other at once on two nodes too', async () => {
    for (const one of (await used.store.people.list({ status: 'active', limit: 200 })).data)
      if (one.isOperator)
        await used.store.authRows.change('users', [{ column: 'id', is: '=', value: one.id }], { operator: 0 });
    for (let turn = 0; turn < 5; turn++) {
      const [a, b] = [await newUser({ isOperator: true }), await newUser({ isOperator: true })];
      const outcomes = await Promise.allSettled([
        used.store.people.setOperator(a.id, false, 1),
        turn % 2 ? used.other.people.setStatus(b.id, 'disabled', 1) : used.other.people.setOperator(b.id, false, 1),
      ]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
      const left = (await Promise.all([a, b].map(({ id }) => used.store.people.get(id)))).find(
        (user) => user?.isOperator && user.status === 'active',
      )!;
      await newUser({ isOperator: true, email: `keeper-${left.id}@example.com` });
      await used.store.people.setOperator(left.id, false, 2);
      const keeper = await used.store.people.findByEmail(`keeper-${left.id}@example.com`);
      await used.store.authRows.change('users', [{ column: 'id', is: '=', value: keeper!.id }], { operator: 0 });
    }
  });

  test('disabling a user ends every session, a new password every one but the one it was changed in', async () => {
    const [ended, kept] = [await newUser(), await newUser()];
    for (const { id } of [ended, kept])
      for (const name of ['a', 'b']) await addSession(used.place, `${id}_${name}`, id);
    await used.store.people.setStatus(ended.id, 'disabled', 1);
    const own = { sessionId: `${kept.id}_a`, passwordHash: (await used.store.people.passwordHash(kept.id))! };
    for (const other of [{ passwordHash: 'another' }, { sessionId: `${ended.id}_a` }])
      expect(await used.store.people.setPassword(kept.id, 'wrong', 1, { ...own, ...other })).toBe(false);
    expect(await used.store.people.setPassword(kept.id, 'new', 1, own)).toBe(true);
    expect(await used.store.people.passwordHash(kept.id)).toBe('new');
    expect(await sessionsOf(used.place, ended.id)).toEqual([]);
    expect(await sessionsOf(used.place, kept.id)).toEqual([`${kept.id}_a`]);
    await used.store.people.setPassword(kept.id, 'newer', 1);
    expect(await sessionsOf(used.place, kept.id)).toEqual([]);
  });
});

function byId(a: User, b: User): number {
  return a.id < b.id ? -1 : 1;
}

async function addSession(place: StorePlace, id: string, userId: string): Promise<void> {
  await rows(
    place,
    `insert into sessions (id, user_id, token_hash, expires_at_ms, created_at_ms, updated_at_ms) values ('${id}', '${userId}', '${id}', 9, 1, 1)`,
  );
}

async function sessionsOf(place: StorePlace, userId: string): Promise<unknown[]> {
  return (await rows(place, `select id from sessions where user_id = '${userId}'`)).map((row) => row['id']);
}

async function rows(place: StorePlace, text: string): Promise<Record<string, unknown>[]> {
  if (place.engine === 'postgres') return (await place.sql(text)).rows;
  const database = new DatabaseSync(join(place.dataDir, 'keyward.db'));
  try {
    return database.prepare(text).all();
  } finally {
    database.close();
  }
}
