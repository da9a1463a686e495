import { describe, expect, test } from 'vitest';
import type { KeyRecord } from '../core/authorise.ts';
import { deny } from '../core/denial.ts';
import { plainKey, type Key } from '../core/key.ts';
import { generateKeyValue } from '../core/keyValue.ts';
import type { ReserveAsk } from '../core/limitStore.ts';
import { addressSet } from '../core/network.ts';
import { createAdmission } from './admission.ts';
import type { Ask, Attempt, Refused } from './attempt.ts';
import type { Directory, Target } from './directory.ts';
import { unbilled } from './settlement.ts';

const NOW = Date.UTC(2026, 7, 1);
const VALUE = generateKeyValue('kw_', (size) => Uint8Array.from({ length: size }, (_, at) => at));

function record(change: Partial<Key> = {}): KeyRecord {
  const key: Key = {
    ...plainKey({
      id: 'key_1',
      accountId: 'acc_1',
      projectId: 'prj_1',
      class: 'standard',
      name: 'test-key',
      masked: 'kw_01***x',
      createdBy: 'root',
      createdAtMs: 0,
      region: null,
    }),
    scope: { mode: 'range', resources: [{ type: 'model', id: 'mdl_1' }] },
    ...change,
  };
  const account = {
    id: 'acc_1',
    name: 'a',
    status: 'active' as const,
    nameEditable: false,
    defaultGroupId: null,
    createdAtMs: 0,
  };
  return { key, project: null, account, allow: addressSet(key.ipAllow), deny: addressSet(key.ipDeny) };
}

const ROOM = { ok: true as const, takes: [], states: [], outputTokens: 0 };

/** An admission over one key; notes everything it looks up, uses and counts. */
function setUp(found: KeyRecord | undefined | (() => KeyRecord | undefined | Promise<KeyRecord | undefined>)) {
  const notes: string[] = [];
  const directory = {
    current: () => undefined,
    model: (projectId, name) =>
      projectId === 'prj_1' && name.startsWith('m')
        ? ({
            resource: { type: 'model', id: name.replace('m', 'mdl_') },
            name,
            provider: { id: 'prv_1' },
            prices: null,
          } as Target)
        : undefined,
    service: (projectId, name) =>
      projectId === 'prj_1' && name === 'vectors'
        ? ({ resource: { type: 'service', id: 'svc_1' }, name, provider: { id: 'prv_1' }, prices: null } as Target)
        : undefined,
  } as Directory;
  const room =
    (name: string) =>
    async ({ call, nowMs }: ReserveAsk) => {
      notes.push(`${name} ${call.id}`);
      return { ...ROOM, admittedAtMs: nowMs };
    };
  const admission = createAdmission({
    keyring: {
      lookup(hash) {
        notes.push(`look up ${hash}`);
        return typeof found === 'function' ? found() : found;
      },
      evict: () => undefined,
      evictAll: () => undefined,
      onEvict: () => undefined,
    },
    directory,
    lease: { term: () => 1, regain: async () => 1 },
    hash: (value) => `hash of ${value.length}`,
    keyPrefix: 'kw_',
    clock: () => NOW,
    reservations: { reserve: room('reserve'), charge: room('charge'), release: () => undefined },
    probe: room('probe'),
    uses: { note: (keyId, address) => void notes.push(`use ${keyId} ${address}`) },
    denials: {
      note: (denial: Refused, route, address) =>
        void notes.push(`deny ${denial.code} ${denial.record?.key.id} ${route} ${address}`),
    },
  });
  return { admission, notes };
}

const attempt = (change: Partial<Attempt> = {}): Attempt => ({
  id: 'req_1',
  route: '/v1/x',
  value: VALUE,
  address: '192.0.2.1',
  ...change,
});
const model = (name: string): Ask => ({ kind: 'model', name });

describe('the decision', () => {
  test('an admitted request notes one use, and says who, what and from where', async () => {
    const { admission, notes } = setUp(record());
    expect(await admission.admit(attempt(), model('m1'))).toMatchObject({
      ok: true,
      id: 'req_1',
      address: '192.0.2.1',
      startedAtMs: NOW,
      hash: 'hash of 39',
      target: { resource: { id: 'mdl_1' } },
      record: { key: { id: 'key_1' } },
    });
    expect(notes).toEqual(['look up hash of 39', 'reserve req_1', 'use key_1 192.0.2.1']);
  });

  test.each([
    ['missing_api_key', null],
    ['invalid_api_key', 'kw_short'],
    ['invalid_api_key', `${VALUE.slice(0, -1)}!`],
    ['invalid_api_key', VALUE.slice(0, -1)],
    ['invalid_api_key', `sk${VALUE.slice(2)}`],
  ])('%s: %s is refused without a look-up, counted under no key', async (code, value) => {
    for (const decide of ['check', 'admit'] as const) {
      const { admission, notes } = setUp(record());
      const refused =
        decide === 'check'
          ? await admission.check(attempt({ value }))
          : await admission.admit(attempt({ value }), model('m1'));
      expect(refused).toMatchObject({ ok: false, code });
      expect(notes).toEqual([`deny ${code} undefined /v1/x 192.0.2.1`]);
    }
  });

  test('a refusal of a known key is counted once, under that key, and is no use of it', async () => {
    for (const [change, code] of [
      [{ status: 'disabled' }, 'key_disabled'],
      [{ deletedAtMs: 1 }, 'invalid_api_key'],
      [{ expiresAtMs: NOW }, 'key_expired'],
      [{ ipDeny: ['192.0.2.0/24'] }, 'ip_not_allowed'],
      [{ scope: { mode: 'range', resources: [{ type: 'model', id: 'mdl_9' }] } }, 'model_not_found'],
      [{ projectId: null, class: 'management' }, 'insufficient_scope'],
    ] as const) {
      const { admission, notes } = setUp(record(change));
      expect(await admission.admit(attempt(), model('m1'))).toMatchObject({
        ok: false,
        code,
        record: { key: { id: 'key_1' } },
      });
      expect(notes).toEqual(['look up hash of 39', `deny ${code} key_1 /v1/x 192.0.2.1`]);
    }
  });

  test('what a door refuses by itself is counted too, under no key', () => {
    const { admission, notes } = setUp(record());
    expect(admission.refuse(attempt({ value: null }), deny('api_key_in_query'))).toEqual(deny('api_key_in_query'));
    expect(notes).toEqual(['deny api_key_in_query undefined /v1/x 192.0.2.1']);
  });

  test('the check before the body says nothing of what it cannot know yet, and leaves no trace when it passes', async () => {
    const { admission, notes } = setUp(record());
    expect(await admission.check(attempt())).toBeUndefined();
    expect(notes).toEqual(['look up hash of 39']);
    const refused = setUp(record({ status: 'disabled' }));
    expect(await refused.admission.check(attempt())).toMatchObject({ code: 'key_disabled' });
    expect(refused.notes.at(-1)).toBe('deny key_disabled key_1 /v1/x 192.0.2.1');
  });

  test('the answer is the same when the key has to be read first', async () => {
    const { admission } = setUp(() => Promise.resolve(record()));
    expect(await admission.admit(attempt(), model('m1'))).toMatchObject({ ok: true });
    expect(await admission.admit(attempt(), model('m2'))).toMatchObject({ code: 'model_not_found' });
    expect(await admission.check(attempt())).toBeUndefined();
  });

  test('a store that cannot be read decides nothing: it throws, and nothing is counted', async () => {
    const { admission, notes } = setUp(() => Promise.reject(new Error('away')));
    await expect(Promise.resolve(admission.admit(attempt(), model('m1')))).rejects.toThrow('away');
    await expect(Promise.resolve(admission.check(attempt()))).rejects.toThrow('away');
    expect(notes.filter((note) => !note.startsWith('look up'))).toEqual([]);
  });
});

describe('who asks on another’s behalf', () => {
  test('a dry run leaves no trace, admitted or refused', async () => {
    const { admission, notes } = setUp(record());
    expect(await admission.admit(attempt({ dryRun: true }), model('m1'))).toMatchObject({ ok: true });
    expect(await admission.admit(attempt({ dryRun: true }), model('m2'))).toMatchObject({ ok: false });
    expect(await admission.admit(attempt({ dryRun: true, value: 'kw_x' }), model('m2'))).toMatchObject({ ok: false });
    // The one admitted was asked for room, and took none.
    expect(notes.filter((note) => !note.startsWith('look up'))).toEqual(['probe req_1']);
  });

  test('X06 a key out of the caller’s reach is unknown to it, and nothing is noted under that key', async () => {
    const { admission, notes } = setUp(record());
    const caller = { kind: 'key', id: 'key_m', accountId: 'acc_2', projectId: null } as const;
    const refused = await admission.admit(attempt({ caller }), model('m1'));
    expect(refused).toEqual(deny('invalid_api_key'));
    expect(notes.at(-1)).toBe('deny invalid_api_key undefined /v1/x 192.0.2.1');
    expect(
      await admission.admit(attempt({ caller: { ...caller, accountId: 'acc_1', projectId: 'prj_2' } }), model('m1')),
    ).toEqual(deny('invalid_api_key'));
    expect(
      await admission.admit(attempt({ caller: { ...caller, accountId: 'acc_1', projectId: 'prj_1' } }), model('m1')),
    ).toMatchObject({ ok: true });
    expect(await admission.admit(attempt({ caller: { ...caller, accountId: null } }), model('m1'))).toMatchObject({
      ok: true,
    });
  });
});

describe('a call under way', () => {
  test('is reviewed as it was asked, from where it came, and the review is no use and no refusal', async () => {
    const now: { record: KeyRecord | undefined } = { record: record() };
    const { admission, notes } = setUp(() => now.record);
    const admitted = await admission.admit(attempt(), model('m1'));
    if (!admitted.ok) throw new Error('not admitted');
    expect(await admission.review(admitted)).toBeUndefined();
    for (const [changed, code] of [
      [record({ status: 'disabled' }), 'key_disabled'],
      [record({ deletedAtMs: 1 }), 'invalid_api_key'],
      [record({ ipAllow: ['10.0.0.1'] }), 'ip_not_allowed'],
      [record({ scope: { mode: 'range', resources: [{ type: 'model', id: 'mdl_9' }] } }), 'model_not_found'],
      [undefined, 'invalid_api_key'],
    ] as const) {
      now.record = changed;
      expect((await admission.review(admitted))?.code).toBe(code);
    }
    expect(notes.filter((note) => !note.startsWith('look up'))).toEqual(['reserve req_1', 'use key_1 192.0.2.1']);
  });
});

describe('services', () => {
  test('Z11 the method of the request decides with the access of the key', async () => {
    const { admission } = setUp(
      record({ scope: { mode: 'range', resources: [{ type: 'service', id: 'svc_1', access: 'read' }] } }),
    );
    const ask = (method: string, name = 'vectors'): Ask => ({ kind: 'service', name, method });
    expect(await admission.admit(attempt(), ask('GET'))).toMatchObject({ ok: true });
    expect(await admission.admit(attempt(), ask('POST'))).toMatchObject({ code: 'insufficient_scope' });
    expect(await admission.admit(attempt(), ask('GET', 'other'))).toMatchObject({ code: 'service_not_allowed' });
  });
});

test('a call that is over once admitted is charged in one step with its row; a dry run and a refusal leave none', async () => {
  const { admission, notes } = setUp(record());
  const charged = await admission.charge(attempt(), model('m1'), unbilled('verify', 200));
  expect(charged).toMatchObject({
    ok: true,
    row: { id: 'req_1', route: 'verify', outcome: 'allowed', startedAtMs: NOW },
  });
  expect(await admission.charge(attempt({ dryRun: true }), model('m1'), unbilled('verify', 200))).toMatchObject({
    ok: true,
    row: null,
  });
  expect(await admission.charge(attempt(), model('x'), unbilled('verify', 200))).toMatchObject({ ok: false });
  expect(notes.filter((note) => /^(charge|reserve|probe)/.test(note))).toEqual(['charge req_1', 'probe req_1']);
});
