import { describe, expect, test } from 'vitest';
import { HOUR_MS } from '../../src/core/activity.ts';
import type { Key } from '../../src/core/key.ts';
import { createActivity } from '../../src/service/activity.ts';
import { engines, newId, newKey, newTenant, useStore } from '../kit/stores.ts';

const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.parse('2026-03-02T10:00:00Z');

describe.each(engines)('activity on %s', (engine) => {
  const used = useStore(engine);

  /** Two nodes, one key, and a clock that the test moves. */
  async function setting() {
    const { project } = await newTenant(used.store);
    const key = await newKey(used.store, project);
    const time = { nowMs: START_MS };
    const node = (store: typeof used.store) => createActivity({ ...store, clock: () => time.nowMs, newId });
    return { key, project, time, one: node(used.store), other: node(used.other) };
  }
  const row = (key: Key, startedAtMs: number, address: string | null = '192.0.2.1', chargedTokens = 10) => ({
    accountId: key.accountId,
    keyId: key.id,
    startedAtMs,
    chargedTokens,
    address,
  });
  const notices = async (key: Key) =>
    (await used.store.notices.list({ accountId: key.accountId, projectId: null, limit: 100, keyId: key.id })).data
      .map(({ kind, text }) => [kind, text])
      .toReversed();
  const times = (count: number, work: () => void) => {
    for (let at = 0; at < count; at++) work();
  };

  test('A18 calls are added up by hour and address, of all nodes together', async () => {
    const { key, time, one, other } = await setting();
    times(3, () => one.note(row(key, time.nowMs)));
    one.note(row(key, time.nowMs, '2001:db8:1:2:3::4'));
    one.note(row(key, time.nowMs + HOUR_MS, '2001:db8:1:2:ffff::1', 7));
    one.note(row(key, time.nowMs, null));
    times(2, () => other.note(row(key, time.nowMs)));
    await Promise.all([one.flush(), other.flush()]);
    await one.flush();
    const { hours, addresses } = await used.store.activity.ofKey(key.id);
    expect(hours.map(({ hourMs, requests, tokens }) => [hourMs, requests, tokens])).toEqual([
      [START_MS + HOUR_MS, 1, 7],
      [START_MS, 7, 70],
    ]);
    expect(addresses.map(({ address }) => address).toSorted()).toEqual(['192.0.2.1', '2001:db8:1:2::/64']);
  });

  test('A18 the first call from another address is told of once, when the key has been known for a day', async () => {
    const { key, time, one, other } = await setting();
    one.note(row(key, time.nowMs));
    one.note(row(key, time.nowMs, '192.0.2.2'));
    await one.sweep();
    expect(await notices(key)).toEqual([]);
    time.nowMs += DAY_MS;
    for (const node of [one, other]) node.note(row(key, time.nowMs, '203.0.113.9'));
    one.note(row(key, time.nowMs, '192.0.2.2'));
    await Promise.all([one.sweep(), other.sweep()]);
    const told = [
      'key.newAddress',
      'Key "a key" (kw_Ab***wxyz) was used from 203.0.113.9, for the first time. Before it was used from 2 other addresses.',
    ];
    expect(await notices(key)).toEqual([told]);
    const { data } = await used.store.notices.list({ ...key, projectId: null, limit: 9 });
    expect(data.map(({ details }) => details)).toEqual([{ address: '203.0.113.9', others: 2 }]);
    // One in a day, and none of what is known.
    one.note(row(key, time.nowMs, '203.0.113.9'));
    one.note(row(key, time.nowMs, '203.0.113.10'));
    await one.sweep();
    expect(await notices(key)).toEqual([told]);
    time.nowMs += DAY_MS;
    other.note(row(key, time.nowMs, '203.0.113.11'));
    await other.sweep();
    expect((await notices(key)).map(([kind]) => kind)).toEqual(['key.newAddress', 'key.newAddress']);
  });

  test('A18 a key that is used from everywhere is not told of, and takes bounded room', async () => {
    const { key, time, one } = await setting();
    for (let at = 0; at < 240; at++) {
      one.note(row(key, time.nowMs + at, `198.51.100.${at}`));
      if (at % 30 === 0) await one.flush();
    }
    await one.flush();
    expect((await used.store.activity.ofKey(key.id)).addresses.length).toBeLessThanOrEqual(232);
    time.nowMs += 2 * DAY_MS;
    one.note(row(key, time.nowMs, '192.0.2.77'));
    await one.sweep();
    expect(await notices(key)).toEqual([]);
    expect((await used.store.activity.ofKey(key.id)).addresses.map(({ address }) => address)).not.toContain(
      '192.0.2.77',
    );
  });

  test('A18 an hour far beyond the busiest before is told of once, on however many nodes', async () => {
    const { key, time, one, other } = await setting();
    for (let at = 0; at < 24; at++) {
      times(40, () => one.note(row(key, time.nowMs)));
      await one.sweep();
      time.nowMs += HOUR_MS;
    }
    times(60, () => one.note(row(key, time.nowMs)));
    times(60, () => other.note(row(key, time.nowMs)));
    await Promise.all([one.sweep(), other.sweep()]);
    expect(await notices(key)).toEqual([]);
    one.note(row(key, time.nowMs));
    await one.sweep();
    await Promise.all([one.sweep(), other.sweep()]);
    expect(await notices(key)).toEqual([
      [
        'key.spike',
        'Key "a key" (kw_Ab***wxyz) has used 121 requests within an hour, 3 times as much as in its busiest hour before.',
      ],
    ]);
  });

  test('A18 what comes in the last minute of an hour is told of in the next one, once', async () => {
    const { key, project, time, one, other } = await setting();
    for (let at = 0; at < 24; at++) {
      times(40, () => one.note(row(key, time.nowMs)));
      await one.sweep();
      time.nowMs += HOUR_MS;
    }
    const hourMs = time.nowMs;
    await one.sweep();
    time.nowMs = hourMs + HOUR_MS - 1000;
    times(150, () => one.note(row(key, time.nowMs)));
    time.nowMs += 5000;
    await used.store.ledger.countDenials([
      {
        accountId: key.accountId,
        projectId: project.id,
        keyId: key.id,
        code: 'ip_not_allowed',
        route: '/v1/models',
        address: '192.0.2.1',
        hourMs,
        count: 200,
        firstAtMs: hourMs,
        lastAtMs: hourMs,
      },
    ]);
    await Promise.all([one.sweep(), other.sweep()]);
    await one.sweep();
    expect((await notices(key)).map(([kind]) => kind)).toEqual(expect.arrayContaining(['key.refusals', 'key.spike']));
    expect(await notices(key)).toHaveLength(2);
    time.nowMs += HOUR_MS;
    await one.sweep();
    expect(await notices(key)).toHaveLength(2);
  });

  test('A18 a new key, however busy, has no history to be measured by', async () => {
    const { key, time, one } = await setting();
    times(5000, () => one.note(row(key, time.nowMs)));
    await one.sweep();
    expect(await notices(key)).toEqual([]);
  });

  test('A18 refusals in a row are told of once in an hour; those for want of room are none', async () => {
    const { key, project, time, one } = await setting();
    const refuse = (code: string, count: number, hourMs = START_MS) =>
      used.store.ledger.countDenials([
        {
          accountId: key.accountId,
          projectId: project.id,
          keyId: key.id,
          code,
          route: '/v1/chat/completions',
          address: '192.0.2.1',
          hourMs,
          count,
          firstAtMs: hourMs,
          lastAtMs: hourMs,
        },
      ]);
    await refuse('rate_limit_exceeded', 5000);
    await refuse('ip_not_allowed', 49);
    await one.sweep();
    expect(await notices(key)).toEqual([]);
    times(60, () => one.note(row(key, time.nowMs)));
    await refuse('model_not_found', 11);
    await one.sweep();
    expect(await notices(key)).toEqual([]);
    await refuse('ip_not_allowed', 1);
    await one.sweep();
    await one.sweep();
    const told = ['key.refusals', 'Key "a key" (kw_Ab***wxyz) was refused 61 times within an hour.'];
    expect(await notices(key)).toEqual([told]);
    time.nowMs += HOUR_MS;
    await refuse('key_disabled', 50, time.nowMs);
    await one.sweep();
    expect((await notices(key)).map(([kind]) => kind)).toEqual(['key.refusals', 'key.refusals']);
  });

  test('A18 what could not be written is written later, and counted once', async () => {
    const { key, time } = await setting();
    let broken = true;
    const activity = {
      ...used.store.activity,
      note: async (...given: Parameters<typeof used.store.activity.note>) => {
        if (broken) throw new Error('the store is away');
        return used.store.activity.note(...given);
      },
    };
    const node = createActivity({ ...used.store, activity, clock: () => time.nowMs, newId });
    times(3, () => node.note(row(key, time.nowMs)));
    await expect(node.flush()).rejects.toThrow('away');
    times(2, () => node.note(row(key, time.nowMs)));
    broken = false;
    await node.flush();
    await node.flush();
    const { hours, addresses } = await used.store.activity.ofKey(key.id);
    expect([hours.map(({ requests }) => requests), addresses.length]).toEqual([[5], 1]);
  });

  test('what is too old is deleted in steps', async () => {
    const { key, time, one } = await setting();
    for (let at = 0; at < 5; at++) one.note(row(key, time.nowMs + at * HOUR_MS));
    await one.flush();
    await used.store.activity.prune(START_MS + 3 * HOUR_MS, 2);
    await used.store.activity.prune(START_MS + 3 * HOUR_MS, 1000);
    expect((await used.store.activity.ofKey(key.id)).hours.map(({ hourMs }) => hourMs)).toEqual([
      START_MS + 4 * HOUR_MS,
      START_MS + 3 * HOUR_MS,
    ]);
    time.nowMs += 30 * DAY_MS;
    await one.sweep();
    expect((await used.store.activity.ofKey(key.id)).hours).toEqual([]);
  });
});
