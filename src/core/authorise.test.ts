import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressDenial, authenticate, authorise, endOf, type KeyRecord, type Wanted } from './authorise.ts';
import { keyState, plainKey, type Key } from './key.ts';
import { addressSet } from './network.ts';
import type { Scope } from './scope.ts';

const NOW = Date.UTC(2026, 7, 1);

function record(change: Partial<Key> = {}, status: 'active' | 'suspended' = 'active'): KeyRecord {
  const key: Key = {
    ...plainKey({
      id: 'key_1',
      accountId: 'acc_1',
      projectId: 'prj_1',
      class: 'standard',
      name: 'test-key',
      masked: 'kw_zQ***Lq17',
      createdBy: 'root',
      createdAtMs: 0,
      region: null,
    }),
    ...change,
  };
  return {
    key,
    project: { id: 'prj_1', accountId: 'acc_1', name: 'p', createdAtMs: 0 },
    account: { id: 'acc_1', name: 'a', status, nameEditable: false, defaultGroupId: null, createdAtMs: 0 },
    allow: addressSet(key.ipAllow),
    deny: addressSet(key.ipDeny),
  };
}

const model = (id: string | null): Wanted => ({ kind: 'model', resource: id === null ? null : { type: 'model', id } });
const endpoint = (id: string): Wanted => ({ kind: 'model', resource: { type: 'endpoint', id } });
const service = (id: string | null, method = 'GET'): Wanted => ({
  kind: 'service',
  resource: id === null ? null : { type: 'service', id },
  method,
});
const range = (...resources: Extract<Scope, { mode: 'range' }>['resources']): Scope => ({ mode: 'range', resources });
const code = (
  subject: KeyRecord | undefined,
  wanted: Wanted = { kind: 'list' },
  address: string | null = '192.0.2.1',
  nowMs = NOW,
) => authorise(subject, address, nowMs, wanted)?.code;

describe('who is admitted at all', () => {
  test('V03 Z03 a key without restriction opens models, endpoints and services of every kind', () => {
    for (const wanted of [{ kind: 'list' } as const, model('m'), endpoint('e'), service('s', 'DELETE')])
      expect(code(record(), wanted)).toBeUndefined();
  });

  test('V22 D15 T18 an unknown key and a deleted one are refused in the same words', () => {
    expect(authorise(undefined, '192.0.2.1', NOW, model('m'))).toEqual(
      authorise(record({ deletedAtMs: 1, status: 'disabled' }), '192.0.2.1', NOW, model('m')),
    );
    expect(code(undefined)).toBe('invalid_api_key');
  });

  test('T19 a key of another region is refused in the words for an unknown one, whatever else it is', () => {
    for (const change of [{}, { status: 'disabled' }, { expiresAtMs: 1 }] as const)
      expect(authorise({ ...record(change), elsewhere: true }, '192.0.2.1', NOW, model('m'))).toEqual(
        authorise(undefined, '192.0.2.1', NOW, model('m')),
      );
  });

  test('V19 T13 a disabled key is refused whatever is wanted', () => {
    for (const wanted of [{ kind: 'list' } as const, model('m'), endpoint('e'), service('s')])
      expect(code(record({ status: 'disabled' }), wanted)).toBe('key_disabled');
  });

  test('A08 a key works until its expiry and not at it; extended, it works again', () => {
    const expiring = record({ expiresAtMs: NOW });
    expect(code(expiring, model('m'), null, NOW - 1)).toBeUndefined();
    expect(code(expiring, model('m'), null, NOW)).toBe('key_expired');
    expect(code(record({ expiresAtMs: NOW + 1 }))).toBeUndefined();
  });

  test('T01 a key without expiry works with the clock 5 years on', () => {
    expect(code(record(), model('m'), null, NOW + 5 * 366 * 86_400_000)).toBeUndefined();
  });

  test('a suspended account refuses every key of it', () => {
    expect(code(record({}, 'suspended'))).toBe('account_suspended');
  });

  test('a management key opens no model, and a standard key no management API, and each is told what it is', () => {
    const denial = authorise(record({ class: 'management' }), null, NOW, model('m'));
    expect(denial).toMatchObject({ code: 'insufficient_scope', message: expect.stringContaining('management key') });
    expect(authenticate(record(), null, NOW, 'management')).toMatchObject({
      code: 'insufficient_scope',
      message: expect.stringContaining('not the management API'),
    });
    expect(authenticate(record({ class: 'management' }), null, NOW, 'management')).toBeUndefined();
    // Neither can be used once disabled, expired or deleted.
    expect(authenticate(record({ class: 'management', status: 'disabled' }), null, NOW, 'management')?.code).toBe(
      'key_disabled',
    );
  });

  test('the state shown and the decision made agree at every moment', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('active' as const, 'disabled' as const),
        fc.option(fc.integer({ min: NOW - 2, max: NOW + 2 })),
        (status, expiresAtMs) => {
          const subject = record({ status, expiresAtMs });
          expect(code(subject) === undefined).toBe(keyState(subject.key, NOW) === 'active');
        },
      ),
    );
  });
});

describe('from where', () => {
  test('V10 A05 A16 a listed address is admitted and another refused; an empty list admits all', () => {
    const listed = record({ ipAllow: ['192.0.2.1', '10.0.0.0/24', '2001:db8::/32'] });
    for (const address of ['192.0.2.1', '10.0.0.5', '2001:db8::5'])
      expect(code(listed, model('m'), address)).toBeUndefined();
    for (const address of ['192.0.2.2', '10.0.1.5', '2001:db9::5'])
      expect(code(listed, model('m'), address)).toBe('ip_not_allowed');
    for (const address of ['6.6.6.6', '::1', null]) expect(code(record(), model('m'), address)).toBeUndefined();
  });

  test('A06 a denied address is refused, in both lists too; others pass', () => {
    const denied = record({ ipDeny: ['10.0.0.0/24', '2001:db8::/32'] });
    expect(code(denied, model('m'), '10.0.0.5')).toBe('ip_not_allowed');
    expect(code(denied, model('m'), '2001:db8::1')).toBe('ip_not_allowed');
    expect(code(denied, model('m'), '10.0.1.5')).toBeUndefined();
    const both = record({ ipAllow: ['10.0.0.0/8'], ipDeny: ['10.0.0.5'] });
    expect(code(both, model('m'), '10.0.0.5')).toBe('ip_not_allowed');
    expect(code(both, model('m'), '10.0.0.6')).toBeUndefined();
  });

  test('an unknown address is refused wherever a list is set', () => {
    expect(code(record({ ipAllow: ['0.0.0.0/0', '::/0'] }), model('m'), null)).toBe('ip_not_allowed');
    expect(code(record({ ipDeny: ['10.0.0.1'] }), model('m'), null)).toBe('ip_not_allowed');
    expect(addressDenial(record(), null)).toBeUndefined();
    expect(addressDenial(record({ ipDeny: ['10.0.0.1'] }), null)?.message).toContain('cannot be told');
  });

  test('the refusal says neither the address seen nor the list', () => {
    const denial = authorise(record({ ipAllow: ['10.9.8.7'] }), '192.0.2.1', NOW, model('m'));
    expect(JSON.stringify(denial)).not.toMatch(/10\.9|192\.0/);
  });

  test('the lists count for management keys too', () => {
    expect(
      authenticate(record({ class: 'management', ipAllow: ['10.0.0.1'] }), '10.0.0.2', NOW, 'management')?.code,
    ).toBe('ip_not_allowed');
  });
});

describe('what for', () => {
  test('V07 V08 D22 a chosen model is admitted, another refused', () => {
    const one = record({ scope: range({ type: 'model', id: 'm1' }) });
    expect(code(one, model('m1'))).toBeUndefined();
    expect(code(one, model('m2'))).toBe('model_not_found');
  });

  test('V09 a chosen endpoint does not open the model behind it', () => {
    const one = record({ scope: range({ type: 'endpoint', id: 'ep-1' }) });
    expect(code(one, endpoint('ep-1'))).toBeUndefined();
    expect(code(one, endpoint('ep-2'))).toBe('model_not_found');
    expect(code(one, model('ep-1'))).toBe('model_not_found');
  });

  test('a model outside the scope and one that does not exist are refused in the same words', () => {
    const one = record({ scope: range({ type: 'model', id: 'm1' }) });
    expect(authorise(one, null, NOW, model('m2'))).toEqual(authorise(one, null, NOW, model(null)));
    expect(authorise(one, null, NOW, model(null))).toEqual(authorise(record(), null, NOW, model(null)));
  });

  test('T25 a service needs its own place in the scope; unknown ones are refused in the same words', () => {
    const one = record({ scope: range({ type: 'service', id: 's1' }) });
    expect(code(one, service('s1', 'POST'))).toBeUndefined();
    expect(authorise(one, null, NOW, service('s2'))).toEqual(authorise(one, null, NOW, service(null)));
    expect(code(one, service('s2'))).toBe('service_not_allowed');
    expect(code(one, { kind: 'service', resource: { type: 'model', id: 's1' }, method: 'GET' })).toBe(
      'service_not_allowed',
    );
  });

  test('Z11 a key that may only read a service cannot write to it', () => {
    const reader = record({ scope: range({ type: 'service', id: 's1', access: 'read' }) });
    for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(code(reader, service('s1', method))).toBeUndefined();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'BREW', ''])
      expect(code(reader, service('s1', method))).toBe('insufficient_scope');
  });

  test('every key may see its own list, whatever its scope', () => {
    expect(code(record({ scope: range({ type: 'model', id: 'm1' }) }), { kind: 'list' })).toBeUndefined();
  });
});

describe('the order of the decision', () => {
  test('where several things are wrong, the first in the order is what is said', () => {
    const wrongs: [string, Partial<Key>][] = [
      ['invalid_api_key', { deletedAtMs: 1 }],
      ['insufficient_scope', { class: 'management' }],
      ['key_disabled', { status: 'disabled' }],
      ['account_suspended', {}],
      ['key_expired', { expiresAtMs: NOW }],
      ['ip_not_allowed', { ipDeny: ['192.0.2.1'] }],
      ['model_not_found', { scope: range({ type: 'model', id: 'other' }) }],
    ];
    const sets = fc.subarray(
      wrongs.map((_, index) => index),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(sets, (chosen) => {
        const change = Object.assign({}, ...chosen.map((index) => wrongs[index]![1]));
        const subject = record(change, chosen.includes(3) ? 'suspended' : 'active');
        expect(code(subject, model('m'))).toBe(wrongs[chosen[0]!]![0]);
      }),
    );
  });
});

/** A temporary key under a parent, each changed as said. */
function temporary(change: Partial<Key> = {}, parent: Partial<Key> = {}): KeyRecord {
  const { key, allow, deny } = record(parent);
  const child = record({ class: 'temporary', parentKeyId: 'key_0', expiresAtMs: NOW + 60_000, ...change });
  return { ...child, parent: { key, allow, deny } };
}

describe('A08 A14 a temporary key', () => {
  test('passes where a standard one does, and not at the management API', () => {
    expect(code(temporary(), model('m'))).toBeUndefined();
    expect(authenticate(temporary(), null, NOW, 'management')?.code).toBe('insufficient_scope');
    expect(authenticate(temporary(), null, NOW, 'management')?.message).toContain('temporary key');
  });

  test('ends, is disabled and is deleted with its parent, and by itself', () => {
    const cases: [Partial<Key>, Partial<Key>, string | undefined][] = [
      [{}, {}, undefined],
      [{ expiresAtMs: NOW }, {}, 'key_expired'],
      [{}, { expiresAtMs: NOW }, 'key_expired'],
      [{}, { expiresAtMs: NOW + 1 }, undefined],
      [{ status: 'disabled' }, {}, 'key_disabled'],
      [{}, { status: 'disabled' }, 'key_disabled'],
      [{ deletedAtMs: 1 }, {}, 'invalid_api_key'],
      [{}, { deletedAtMs: 1 }, 'invalid_api_key'],
      [{ expiresAtMs: NOW }, { status: 'disabled' }, 'key_disabled'],
    ];
    for (const [own, parent, expected] of cases)
      expect([own, parent, code(temporary(own, parent))]).toEqual([own, parent, expected]);
    const { parent: _, ...orphan } = temporary();
    expect(code(orphan)).toBe('invalid_api_key');
  });

  test('an address passes the lists of both', () => {
    const at = (address: string | null, own: Partial<Key>, parent: Partial<Key>) =>
      code(temporary(own, parent), { kind: 'list' }, address);
    const inner = { ipAllow: ['10.0.0.0/24'] };
    expect(at('10.0.0.1', inner, { ipAllow: ['10.0.0.0/8'] })).toBeUndefined();
    expect(at('10.0.1.1', inner, { ipAllow: ['10.0.0.0/8'] })).toBe('ip_not_allowed');
    expect(at('10.0.0.1', inner, { ipAllow: ['192.0.2.0/24'] })).toBe('ip_not_allowed');
    expect(at('10.0.0.1', inner, { ipDeny: ['10.0.0.1/32'] })).toBe('ip_not_allowed');
    expect(at(null, {}, { ipDeny: ['10.0.0.1/32'] })).toBe('ip_not_allowed');
    expect(at(null, {}, { ipAllow: ['10.0.0.1/32'] })).toBe('ip_not_allowed');
    expect(at(null, {}, {})).toBeUndefined();
  });

  test('opens what both open, with the lesser access', () => {
    const reading = range({ type: 'service', id: 's', access: 'read' });
    const writing = range({ type: 'service', id: 's' });
    const opens = (own: Scope, parent: Scope, method: string) =>
      code(temporary({ scope: own }, { scope: parent }), service('s', method)) ?? 'ok';
    expect(opens({ mode: 'all' }, reading, 'GET')).toBe('ok');
    expect(opens({ mode: 'all' }, reading, 'POST')).toBe('insufficient_scope');
    expect(opens(writing, reading, 'POST')).toBe('insufficient_scope');
    expect(opens(reading, writing, 'POST')).toBe('insufficient_scope');
    expect(opens(reading, { mode: 'all' }, 'GET')).toBe('ok');
    expect(opens(writing, writing, 'POST')).toBe('ok');
    expect(opens(writing, range({ type: 'service', id: 'other' }), 'GET')).toBe('service_not_allowed');
    const one = temporary({ scope: { mode: 'all' } }, { scope: range({ type: 'model', id: 'm' }) });
    expect([code(one, model('m')), code(one, model('n'))]).toEqual([undefined, 'model_not_found']);
    const few = temporary({ scope: range({ type: 'model', id: 'm' }) }, { scope: { mode: 'all' } });
    expect([code(few, model('m')), code(few, model('n'))]).toEqual([undefined, 'model_not_found']);
  });

  test('is shown to end when the first of both does', () => {
    expect(endOf(record())).toBeNull();
    expect(endOf(record({ expiresAtMs: 5 }))).toBe(5);
    expect(endOf(temporary({ expiresAtMs: 5 }, { expiresAtMs: 4 }))).toBe(4);
    expect(endOf(temporary({ expiresAtMs: 5 }, { expiresAtMs: 6 }))).toBe(5);
  });
});
