import { expect, test } from 'vitest';
import type { KeyRecord } from '../core/authorise.ts';
import { generateKeyValue, isWellFormed } from '../core/keyValue.ts';
import { createIdentities } from './identity.ts';

const value = generateKeyValue('kw_', (size) => new Uint8Array(size).fill(5));
const account = { id: 'acc_1', status: 'active' };
const base = {
  id: 'key_1',
  class: 'management',
  status: 'active',
  accountId: 'acc_1',
  projectId: null,
  expiresAtMs: null,
  deletedAtMs: null,
};

function identities(
  key: object = {},
  rootKey: string | null = 'root-key-of-at-least-32-characters',
  lookups: string[] = [],
) {
  const record = { key: { ...base, ...key }, account, project: null, allow: null, deny: null } as unknown as KeyRecord;
  return createIdentities({
    keyring: {
      lookup(hash) {
        lookups.push(hash);
        return hash === `hash of ${value}` ? record : undefined;
      },
    },
    hashValue: (text) => `hash of ${text}`,
    shapes: { mayBeKey: (text) => isWellFormed(text, 'kw_') },
    rootKey,
    clock: () => 0,
  });
}

test('the root key is the operator, without a look-up', async () => {
  const lookups: string[] = [];
  const caller = await identities({}, undefined, lookups).identify('root-key-of-at-least-32-characters', null);
  expect(caller).toEqual({ kind: 'root', id: 'root', accountId: null, projectId: null });
  expect(lookups).toEqual([]);
});

test('without a root key nothing is the root key', async () => {
  expect(await identities({}, null).identify('root-key-of-at-least-32-characters', null)).toMatchObject({
    code: 'invalid_api_key',
  });
  expect(await identities({}, null).identify('', null)).toMatchObject({ code: 'invalid_api_key' });
});

test('a management key reaches its account, its project, or, of the platform, everything', async () => {
  expect(await identities().identify(value, null)).toEqual({
    kind: 'key',
    id: 'key_1',
    accountId: 'acc_1',
    projectId: null,
  });
  expect(await identities({ projectId: 'prj_1' }).identify(value, null)).toEqual({
    kind: 'key',
    id: 'key_1',
    accountId: 'acc_1',
    projectId: 'prj_1',
  });
  expect(await identities({ accountId: 'acc_platform' }).identify(value, null)).toEqual({
    kind: 'key',
    id: 'key_1',
    accountId: null,
    projectId: null,
  });
});

test.each([
  [null, {}, 'missing_api_key'],
  ['kw_short', {}, 'invalid_api_key'],
  [value, { class: 'standard' }, 'insufficient_scope'],
  [value, { status: 'disabled' }, 'key_disabled'],
  [value, { expiresAtMs: 0 }, 'key_expired'],
  [value, { deletedAtMs: 0 }, 'invalid_api_key'],
])('%j of %j is refused as %s', async (given, key, code) => {
  expect(await identities(key).identify(given, null)).toMatchObject({ ok: false, code });
});

test('a value of the wrong shape is refused without a look-up', async () => {
  const lookups: string[] = [];
  await identities({}, null, lookups).identify(`${value.slice(0, -1)}-`, null);
  expect(lookups).toEqual([]);
});
