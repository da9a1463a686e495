import { describe, expect, test } from 'vitest';
import type { KeyRecord } from '../core/authorise.ts';
import type { Service } from '../core/catalogue.ts';
import { keyOfUser, type ClusterUser } from '../core/clusterUser.ts';
import { createPairs, keysAndUsers, type Proven } from './pairs.ts';

const HERE = '192.0.2.1';
const THERE = '192.0.2.2';

/** Pairs over one service with the users named; the "hash" of a password is itself, with a salt. */
function setUp(users: Record<string, string>) {
  let nowMs = 1_000_000;
  let version = 0;
  let running = 0;
  const hashed: string[] = [];
  let mostRunning = 0;
  const records = new Map<string, KeyRecord>();
  const change = (username: string, password: string) =>
    void records.set(`svc_1/${username}`, recordOf(username, `${++version}$${password}`));
  for (const [username, password] of Object.entries(users)) change(username, password);
  const pairs = createPairs({
    keyring: { lookup: (login) => records.get(login) },
    directory: {
      serviceNamed: (name) => (name === 'vectors' ? ({ id: 'svc_1', accountId: 'acc_1' } as Service) : undefined),
    },
    passwords: {
      async verify(hash, password) {
        mostRunning = Math.max(mostRunning, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        hashed.push(password);
        return hash !== null && hash.split('$')[1] === password;
      },
    },
    clock: () => nowMs,
    random: (size) => new Uint8Array(size),
  });
  const find = async (value: string, address: string | null = HERE, service = 'vectors') => {
    const found = await pairs.find({ value, service, address });
    return 'ok' in found ? `${found.code}${found.retryAfterSeconds ? ` ${found.retryAfterSeconds}` : ''}` : found.login;
  };
  return { pairs, find, hashed, change, records, pass: (ms: number) => (nowMs += ms), most: () => mostRunning };
}

function recordOf(username: string, passwordHash: string): KeyRecord {
  const user = {
    id: `cus_${username}`,
    accountId: 'acc_1',
    projectId: 'prj_1',
    serviceId: 'svc_1',
    username,
    passwordHash,
  };
  return { key: keyOfUser(user as ClusterUser), user, allow: null, deny: null } as unknown as KeyRecord;
}

describe('Z07 Z08 a user name and password', () => {
  test('are proven once, and then known for five minutes', async () => {
    const { pairs, find, hashed, pass } = setUp({ ann: 'right:with:colons' });
    expect(await find('ann:right:with:colons')).toBe('svc_1/ann');
    const known = pairs.find({ value: 'ann:right:with:colons', service: 'vectors', address: THERE });
    expect((known as Proven).login).toBe('svc_1/ann');
    pass(5 * 60_000 - 1);
    expect(await find('ann:right:with:colons')).toBe('svc_1/ann');
    expect(hashed).toHaveLength(1);
    pass(1);
    expect(await find('ann:right:with:colons')).toBe('svc_1/ann');
    expect(hashed).toHaveLength(2);
  });

  test('end with a new password, with the user and with a change while they are proven', async () => {
    const { find, change, records } = setUp({ ann: 'first' });
    expect(await find('ann:first')).toBe('svc_1/ann');
    change('ann', 'second');
    expect(await find('ann:first')).toBe('invalid_api_key');
    expect(await find('ann:second')).toBe('svc_1/ann');
    const proving = find('ann:second', THERE);
    records.delete('svc_1/ann');
    expect(await find('ann:second')).toBe('invalid_api_key');
    await proving;
    change('ann', 'third');
    const late = find('ann:third');
    change('ann', 'fourth');
    expect(await late).toBe('invalid_api_key');
  });

  test('that are wrong are compared once, whether there is such a user or not', async () => {
    const { find, hashed } = setUp({ ann: 'right' });
    for (const value of ['ann:wrong', 'nobody:wrong', 'no such name!:wrong', ':wrong']) {
      expect(await find(value)).toBe('invalid_api_key');
      expect(await find(value)).toBe('invalid_api_key');
    }
    expect(await find('ann:right', THERE, 'other')).toBe('invalid_api_key');
    expect(hashed).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'right']);
    expect(await find(`ann:${'x'.repeat(2000)}`)).toBe('invalid_api_key');
    expect(hashed).toHaveLength(5);
  });

  test('are unknown to who asks on another’s behalf and does not reach the service', async () => {
    const { pairs } = setUp({ ann: 'right' });
    const caller = { kind: 'key', id: 'key_1', accountId: 'acc_2', projectId: null } as const;
    expect(await pairs.find({ value: 'ann:right', service: 'vectors', address: HERE, caller })).toMatchObject({
      code: 'invalid_api_key',
    });
  });

  test('of many calls at once are compared once', async () => {
    const { find, hashed } = setUp({ ann: 'right' });
    const found = await Promise.all(Array.from({ length: 200 }, () => find('ann:right')));
    expect(new Set(found)).toEqual(new Set(['svc_1/ann']));
    expect(hashed).toHaveLength(1);
  });
});

describe('guessing', () => {
  const guess = async (
    find: ReturnType<typeof setUp>['find'],
    count: number,
    username = 'ann',
    from: string | null = HERE,
  ) => {
    const answers: string[] = [];
    for (let at = 0; at < count; at++) answers.push(await find(`${username}:guess ${at}`, from));
    return answers;
  };

  test('has to wait after five, longer each time, and keeps nobody out who comes from elsewhere', async () => {
    const { find, hashed, pass } = setUp({ ann: 'right' });
    expect(await guess(find, 7)).toEqual([
      ...Array(5).fill('invalid_api_key'),
      ...Array(2).fill('rate_limit_exceeded 1'),
    ]);
    expect(hashed).toHaveLength(5);
    expect(await find('ann:right', THERE)).toBe('svc_1/ann');
    expect(await find('ann:right', null)).toBe('svc_1/ann');
    // Known to be right from elsewhere: that alone does not let it in from here.
    expect(await find('ann:right')).toBe('rate_limit_exceeded 1');
    pass(1000);
    expect(await find('ann:one more')).toBe('invalid_api_key');
    expect(await find('ann:right')).toBe('rate_limit_exceeded 2');
    pass(2000);
    expect(await find('ann:right')).toBe('svc_1/ann');
    expect(await guess(find, 1)).toEqual(['invalid_api_key']);
  });

  test('does not shut out who has proven themselves from the same address, up to a hundred guesses', async () => {
    const { find } = setUp({ ann: 'right' });
    expect(await find('ann:right')).toBe('svc_1/ann');
    for (let at = 0; at < 99; at++) await find(`ann:guess ${at}`);
    expect(await find('ann:right')).toBe('svc_1/ann');
    await find('ann:one guess more');
    expect(await find('ann:right')).toMatch(/^rate_limit_exceeded/);
    expect(await find('ann:right', THERE)).toBe('svc_1/ann');
  });

  test('the same wrong password over and over waits too, and shuts out nobody who was proven', async () => {
    const { find, hashed } = setUp({ ann: 'right' });
    expect(await find('ann:right')).toBe('svc_1/ann');
    const answers: string[] = [];
    for (let at = 0; at < 300; at++) answers.push(await find('ann:old'));
    expect(answers.slice(0, 5)).toEqual(Array(5).fill('invalid_api_key'));
    expect(answers.slice(5).every((one) => one.startsWith('rate_limit_exceeded'))).toBe(true);
    expect(hashed).toHaveLength(2);
    expect(await find('ann:right')).toBe('svc_1/ann');
  });

  test('at many users from one address has to wait as well, whether they are there or not', async () => {
    const { find, hashed } = setUp({ ann: 'right' });
    for (let at = 0; at < 30; at++) expect(await find(`user${at}:guess`)).toBe('invalid_api_key');
    expect(await find('user30:guess')).toBe('rate_limit_exceeded 1');
    expect(await find('ann:right')).toBe('rate_limit_exceeded 1');
    expect(await find('ann:right', THERE)).toBe('svc_1/ann');
    expect(hashed).toHaveLength(31);
  });

  test('with all addresses of one IPv6 network is guessing from one', async () => {
    const { find } = setUp({ ann: 'right' });
    for (let at = 1; at <= 5; at++) await find(`ann:guess ${at}`, `2001:db8::${at}`);
    expect(await find('ann:right', '2001:db8::9')).toBe('rate_limit_exceeded 1');
    expect(await find('ann:right', '2001:db8:0:1::9')).toBe('svc_1/ann');
  });

  test('from many addresses at once leaves most of them waiting in line for a second', async () => {
    const { find, most } = setUp({ ann: 'right' });
    const asks = Array.from({ length: 500 }, (_, at) => find(`ann:guess ${at}`, `10.0.${at >> 8}.${at & 255}`));
    const answers = await Promise.all(asks);
    expect(answers.filter((one) => one === 'invalid_api_key')).toHaveLength(40);
    expect(answers.filter((one) => one === 'rate_limit_exceeded 1')).toHaveLength(460);
    expect(most()).toBe(40);
    const ofOne = await Promise.all(Array.from({ length: 100 }, (_, at) => find(`user${at}:guess`, '10.9.9.9')));
    expect(ofOne.filter((one) => one === 'invalid_api_key')).toHaveLength(20);
  });
});

test('users are looked up and touched among keys, each where they are kept', async () => {
  const asked: string[] = [];
  const both = keysAndUsers(
    {
      findByHashes: async (hashes) => (asked.push(`keys ${hashes.join()}`), []),
      touch: async (uses) => void asked.push(`touch keys ${uses.map(({ keyId }) => keyId).join()}`),
    },
    {
      findByLogins: async (logins) => (asked.push(`users ${logins.join()}`), []),
      touch: async (uses) => void asked.push(`touch users ${uses.map(({ keyId }) => keyId).join()}`),
    },
  );
  await both.findByHashes(['a', 'b']);
  await both.findByHashes(['a', 'svc_1/ann']);
  await both.touch([{ keyId: 'key_1', atMs: 1, address: null }]);
  await both.touch([
    { keyId: 'cus_1', atMs: 1, address: null },
    { keyId: 'key_1', atMs: 1, address: null },
  ]);
  expect(asked).toEqual([
    'keys a,b',
    'keys a',
    'users svc_1/ann',
    'touch keys key_1',
    'touch users cus_1',
    'touch keys key_1',
  ]);
});
