import { describe, expect, test } from 'vitest';
import type { Invitation } from '../../src/core/invitation.ts';
import { engines, newId, newTenant, useStore } from '../kit/stores.ts';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 60 * 60_000;

describe.each(engines)('sessions, attempts and links on %s', (engine) => {
  const used = useStore(engine);

  async function newUser(): Promise<string> {
    const id = newId('usr');
    const user = { id, email: `${id}@x.test`, name: 'n', isOperator: false, status: 'active' as const };
    await used.store.people.create({ ...user, createdAtMs: 1, twoFactor: false }, 'hash');
    return id;
  }
  async function newSession(userId: string, fields: Record<string, string | number | null> = {}): Promise<string> {
    const id = newId('ses');
    const row = { id, user_id: userId, token_hash: `hash of ${id}`, used_at_ms: NOW_MS, address: null };
    const times = { expires_at_ms: NOW_MS + HOUR_MS, created_at_ms: NOW_MS, updated_at_ms: NOW_MS };
    await used.store.authRows.create('sessions', { ...row, ...times, ...fields });
    return id;
  }

  test('a session is found by its token’s hash, while its user is active', async () => {
    const userId = await newUser();
    const id = await newSession(userId, { user_agent: 'curl', fresh_until_ms: 5, second_factor: 1 });
    expect(await used.other.sessions.findByTokenHash(`hash of ${id}`)).toEqual({
      id,
      userId,
      secondFactor: true,
      freshUntilMs: 5,
      usedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + HOUR_MS,
      address: null,
      userAgent: 'curl',
      createdAtMs: NOW_MS,
    });
    expect(await used.store.sessions.findByTokenHash(id)).toBeUndefined();
    await used.store.people.setStatus(userId, 'disabled', 2);
    const late = await newSession(userId);
    expect(await used.other.sessions.findByTokenHash(`hash of ${late}`)).toBeUndefined();
  });

  test('sessions are listed, changed and ended; only the user’s own', async () => {
    const [userId, stranger] = [await newUser(), await newUser()];
    const ids = [
      await newSession(userId, { created_at_ms: 1 }),
      await newSession(userId, { created_at_ms: 2 }),
      await newSession(userId, { used_at_ms: NOW_MS - HOUR_MS }),
      await newSession(userId, { expires_at_ms: NOW_MS }),
    ];
    const list = () => used.store.sessions.list(userId, { nowMs: NOW_MS, usedSinceMs: NOW_MS - HOUR_MS });
    expect((await list()).map(({ id }) => id)).toEqual([ids[1], ids[0]]);
    expect(await used.other.sessions.change(ids[0]!, { freshUntilMs: 7 })).toMatchObject({ freshUntilMs: 7 });
    expect(await used.store.sessions.change('ses_none', { freshUntilMs: 7 })).toBeUndefined();
    expect(await used.store.sessions.end(stranger, ids[0]!)).toBe(false);
    expect(await used.store.sessions.end(userId, ids[0]!)).toBe(true);
    expect(await used.other.sessions.endAll(userId, ids[1])).toBe(2);
    expect((await list()).map(({ id }) => id)).toEqual([ids[1]]);
    await used.store.sessions.sweep(NOW_MS + HOUR_MS, NOW_MS);
    expect(await list()).toEqual([]);
  });

  test('a session begins only while what it goes by is so, also when that ends at the same moment', async () => {
    const rowOf = (userId: string) => ({
      id: newId('ses'),
      user_id: userId,
      token_hash: newId('hash'),
      used_at_ms: NOW_MS,
      expires_at_ms: NOW_MS + HOUR_MS,
      created_at_ms: NOW_MS,
      updated_at_ms: NOW_MS,
    });
    const begin = (userId: string, holds: object) =>
      used.other.authRows.createWhile('sessions', rowOf(userId), { userId, ...holds });
    const left = async (userId: string) =>
      (await used.store.sessions.list(userId, { nowMs: NOW_MS, usedSinceMs: 0 })).length;
    const [userId, stranger] = [await newUser(), await newUser()];
    const sessionId = await newSession(userId);
    expect(await begin(userId, { passwordHash: 'hash', sessionId })).toBeDefined();
    expect(await begin(userId, { passwordHash: 'older' })).toBeUndefined();
    expect(await begin(stranger, { sessionId })).toBeUndefined();
    await used.store.people.setStatus(stranger, 'disabled', 2);
    expect(await begin(stranger, {})).toBeUndefined();
    expect([await left(userId), await left(stranger)]).toEqual([2, 0]);
    for (let round = 0; round < 20; round++) {
      const one = await newUser();
      const holds = round % 2 === 0 ? { passwordHash: 'hash' } : { sessionId: await newSession(one) };
      const begun = Array.from({ length: 3 }, () => begin(one, holds));
      const ended = round % 4 < 2 ? used.store.people.setPassword(one, 'new', 3) : used.store.sessions.endAll(one);
      await Promise.all([...begun, ended]);
      // Whoever knows the password may begin again after all sessions were ended.
      if (round % 4 !== 2) expect([round, await left(one)]).toEqual([round, 0]);
    }
  });

  test('what ends a user’s sessions ends what waits for a second factor', async () => {
    const endings: ((userId: string) => Promise<unknown>)[] = [
      (userId) => used.store.people.setPassword(userId, 'new', 3),
      (userId) => used.store.people.setStatus(userId, 'disabled', 3),
      (userId) => used.store.sessions.endAll(userId),
    ];
    for (const end of endings) {
      const [userId, other] = [await newUser(), await newUser()];
      for (const value of [userId, other])
        await used.store.authRows.create('verifications', {
          id: newId('vrf'),
          identifier: newId('2fa'),
          value,
          expires_at_ms: NOW_MS,
          created_at_ms: 1,
          updated_at_ms: 1,
        });
      await end(userId);
      const waiting = (value: string) =>
        used.other.authRows.count('verifications', [{ column: 'value', is: '=', value }]);
      expect([await waiting(userId), await waiting(other)]).toEqual([0, 1]);
    }
  });

  test('attempts are free at first, then each waits twice as long as the one before, up to the longest', async () => {
    const name = newId('who');
    const take = (nowMs: number) =>
      used.store.attempts.take(name, { free: 2, longestMs: 4000, nowMs, forgetBeforeMs: nowMs - HOUR_MS });
    expect([await take(NOW_MS), await take(NOW_MS)]).toEqual([{ ok: true }, { ok: true }]);
    let lastMs = NOW_MS;
    for (const waitMs of [1000, 2000, 4000, 4000]) {
      expect(await take(lastMs + waitMs - 1)).toEqual({ ok: false, untilMs: lastMs + waitMs });
      lastMs += waitMs;
      expect(await take(lastMs)).toEqual({ ok: true });
    }
    await used.store.attempts.clear(name);
    expect(await take(lastMs)).toEqual({ ok: true });
    for (const back of [1, 2]) await used.store.attempts.giveBack(name).then(() => back);
    expect([await take(lastMs), await take(lastMs), (await take(lastMs)).ok]).toEqual([
      { ok: true },
      { ok: true },
      false,
    ]);
    expect(await take(lastMs + HOUR_MS)).toEqual({ ok: true });
    expect(await take(lastMs + HOUR_MS)).toEqual({ ok: true });
  });

  test('clocks that differ take no attempt that is free, and one that is set back keeps nobody out', async () => {
    const name = newId('who');
    const take = async (nowMs: number) =>
      (await used.store.attempts.take(name, { free: 2, longestMs: 4000, nowMs, forgetBeforeMs: nowMs - HOUR_MS })).ok;
    const laterMs = NOW_MS + HOUR_MS / 2;
    expect([await take(NOW_MS), await take(NOW_MS - 500)]).toEqual([true, true]);
    expect([await take(laterMs), await take(laterMs - 500)]).toEqual([true, false]);
    expect([await take(NOW_MS), await take(NOW_MS)]).toEqual([true, false]);
  });

  test('many attempts at once are no more than one after the other', async () => {
    const name = newId('who');
    const rules = { free: 5, longestMs: HOUR_MS, nowMs: NOW_MS, forgetBeforeMs: 0 };
    const taken = await Promise.all(
      Array.from({ length: 40 }, (_, at) => (at % 2 ? used.store : used.other).attempts.take(name, rules)),
    );
    expect(taken.filter(({ ok }) => ok)).toHaveLength(5);
  });

  test('what is good once is spent once, until it is forgotten', async () => {
    const name = newId('code');
    const spend = (nowMs: number) => used.other.attempts.spend(name, nowMs, nowMs + 1000);
    const spent = await Promise.all([spend(NOW_MS), spend(NOW_MS), spend(NOW_MS)]);
    expect(spent.filter(Boolean)).toHaveLength(1);
    expect([await spend(NOW_MS + 999), await spend(NOW_MS + 1000)]).toEqual([false, true]);
  });

  test('rows are found, counted, changed and removed by conditions that must all hold', async () => {
    const rows = used.store.authRows;
    const [one, two, other] = [newId('v'), newId('v'), newId('v')];
    const identifier = newId('challenge');
    const times = { expires_at_ms: 5, created_at_ms: 1, updated_at_ms: 1 };
    for (const [at, id] of [one, two, other].entries())
      await rows.create('verifications', {
        id,
        identifier: id === other ? 'other' : identifier,
        value: String(at),
        ...times,
        created_at_ms: at,
      });
    const mine = { column: 'identifier', is: '=', value: identifier } as const;
    const by = { column: 'created_at_ms', direction: 'desc' } as const;
    expect((await rows.find('verifications', [mine], { by, limit: 1 })).map(({ id }) => id)).toEqual([two]);
    expect((await rows.find('verifications', [mine], { by, limit: 1, offset: 1 })).map(({ id }) => id)).toEqual([one]);
    expect(await rows.count('verifications', [mine, { column: 'value', is: 'in', value: ['0', '2'] }])).toBe(1);
    expect(await rows.count('verifications', [{ column: 'value', is: 'in', value: [] }])).toBe(0);
    expect(await rows.count('verifications', [mine, { column: 'value', is: '!=', value: null }])).toBe(2);
    const set = await rows.change(
      'verifications',
      [mine, { column: 'id', is: '=', value: one }],
      { value: 'x' },
      { expires_at_ms: 2 },
    );
    expect(set).toMatchObject([{ id: one, value: 'x', expires_at_ms: 7 }]);
    const removed = await Promise.all([1, 2, 3].map(() => rows.remove('verifications', [mine])));
    expect(removed.flat()).toHaveLength(2);
    expect(await rows.count('verifications', [{ column: 'id', is: '=', value: other }])).toBe(1);
  });

  test('an invitation is found by its token while it is open, closed once, and reopened where its use failed', async () => {
    const { account, project } = await newTenant(used.store);
    const invitation: Invitation = {
      id: newId('inv'),
      accountId: account.id,
      projectId: project.id,
      email: 'a@b.test',
      role: 'member',
      projectRole: 'admin',
      status: 'open',
      acceptedBy: null,
      createdBy: 'root',
      createdAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 10,
    };
    const { invitations } = used.store;
    await invitations.create(invitation, `hash of ${invitation.id}`);
    const find = () => used.other.invitations.find(`hash of ${invitation.id}`);
    expect(await find()).toEqual(invitation);
    expect(await used.other.invitations.find('hash of another')).toBeUndefined();
    const close = () => invitations.close(invitation.id, 'accepted', { acceptedBy: 'usr_1', nowMs: NOW_MS });
    const closed = await Promise.all([close(), close(), close()]);
    expect(closed.filter(Boolean)).toEqual([{ ...invitation, status: 'accepted', acceptedBy: 'usr_1' }]);
    expect(await find()).toMatchObject({ status: 'accepted' });
    await invitations.reopen(invitation.id);
    expect(await find()).toEqual(invitation);
    await invitations.close(invitation.id, 'revoked', { acceptedBy: null, nowMs: NOW_MS });
    await invitations.reopen(invitation.id);
    expect(await invitations.get(invitation.id)).toMatchObject({ status: 'revoked' });
    expect((await invitations.list({ accountId: account.id, limit: 9 })).data).toHaveLength(1);
  });

  test('a reset link is good once, the newest only, and ends with a change of the password', async () => {
    const userId = await newUser();
    const { passwordResets } = used.store;
    const create = async (hash: string) =>
      passwordResets.create(
        { id: newId('rst'), userId, createdBy: 'root', createdAtMs: NOW_MS, expiresAtMs: NOW_MS + 10 },
        hash,
      );
    const [first, second, third] = [newId('hash'), newId('hash'), newId('hash')];
    await create(first);
    await create(second);
    expect(await passwordResets.find(first, NOW_MS)).toBeUndefined();
    expect(await passwordResets.find(second, NOW_MS)).toMatchObject({ userId });
    expect(await passwordResets.take(second, NOW_MS + 10)).toBeUndefined();
    const taken = await Promise.all([1, 2, 3].map(() => used.other.passwordResets.take(second, NOW_MS)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    await create(third);
    await used.store.people.setPassword(userId, 'new', NOW_MS);
    expect(await passwordResets.take(third, NOW_MS)).toBeUndefined();
  });
});
