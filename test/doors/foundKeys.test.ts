import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leakRules } from '../../src/core/leakRules.ts';
import { readScannerKeys } from '../../src/scannerKeys.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { allEvents } from '../kit/audit.ts';
import type { TestManagement } from '../kit/management.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let tenants: Tenants;
let app: TestManagement;
let key = '';
let value = '';
let count = 0;

beforeAll(async () => {
  tenants = await startTenants({ scannerKeys: new Map([['scanner-1', pair.publicKey]]) });
  ({ app } = tenants);
  await app.store.policies.setAccount(tenants.mine.accountId, { keyCap: 10_000 });
});
beforeEach(async () => {
  const made = await app.make(`/projects/${tenants.mine.projectId}/keys`, {
    name: `k${++count}`,
    scope: { mode: 'all' },
  });
  key = made['id'];
  value = made['value'];
  app.nowMs += 1000;
  app.address = `198.51.100.${count}`;
  await app.store.policies.setAccount(tenants.mine.accountId, { onLeakReport: 'disable' });
});
afterAll(() => app.close());

const sign = (body: string, by: KeyObject = pair.privateKey) => createSign('sha256').update(body).sign(by, 'base64');
const signed = (body: string, signature = sign(body), identifier = 'scanner-1') =>
  app.call('POST', '/leak-scans', body, {
    key: null,
    headers: { 'github-public-key-identifier': identifier, 'github-public-key-signature': signature },
  });
const scan = (...tokens: string[]) =>
  signed(JSON.stringify(tokens.map((token) => ({ token, type: 'keyward', url: `https://x.example/?k=${token}` }))));
const labels = ({ body }: { body: { label: string }[] }) => body.map(({ label }) => label);
const status = async (id: string): Promise<string> => (await app.call('GET', `/keys/${id}`)).body.status;
const reports = async (id: string) => (await app.call('GET', `/leak-reports?keyId=${id}`)).body.data;
const unknown = `kw_${'0'.repeat(30)}000000`;

describe('A17 A11 what a scanner reports', () => {
  test('A17 with a good signature a key is stopped, its owner told and a report opened, in one go', async () => {
    const answer = await scan(value, unknown, 'not a key at all');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual([
      { token_raw: value, token_type: 'keyward', label: 'true_positive' },
      { token_raw: unknown, token_type: 'keyward', label: 'false_positive' },
      { token_raw: 'not a key at all', token_type: 'keyward', label: 'false_positive' },
    ]);
    expect(await app.decide(value)).toBe('key_disabled');
    expect(await reports(key)).toMatchObject([
      { origin: 'scanner', foundAt: 'https://x.example/?k=kw_***', stopped: 'disabled', createdBy: 'system' },
    ]);
    const { data } = (await app.call('GET', `/notices?keyId=${key}`)).body;
    expect(data.map((one: { kind: string }) => one.kind)).toEqual(['key.leaked']);
    const events = (await allEvents(app.store)).filter(({ operation }) => operation === 'reportScan');
    expect(
      events.map(({ object, actor, accountId, address }) => [object.type, actor.type, accountId, address]),
    ).toEqual([
      ['key', 'system', tenants.mine.accountId, app.address],
      ['leakReport', 'system', tenants.mine.accountId, app.address],
    ]);
    expect(JSON.stringify([events, app.logged, data, await reports(key)])).not.toContain(value);
  });

  test('A17 sent again it does nothing, not even after the owner decided', async () => {
    const body = JSON.stringify([{ token: value, type: 't', url: '' }]);
    const signature = sign(body);
    expect(labels(await signed(body, signature))).toEqual(['true_positive']);
    const [report] = await reports(key);
    await app.call('POST', `/leak-reports/${report.id}/close`, { reason: 'a test key' });
    await app.call('POST', `/keys/${key}/enable`);
    const before = (await allEvents(app.store)).length;
    expect(labels(await signed(body, signature))).toEqual(['true_positive']);
    expect([await status(key), (await reports(key)).length]).toEqual(['active', 1]);
    expect((await allEvents(app.store)).length).toBe(before);
  });

  test('A17 another value of the key is acted on too while its report is open', async () => {
    await scan(value);
    app.nowMs += 1000;
    const rotated = await app.call('POST', `/keys/${key}/rotate`, { overlapSeconds: 0 });
    await app.call('POST', `/keys/${key}/enable`);
    app.nowMs += 1000;
    expect((await reports(key))[0]).toMatchObject({ stopped: 'replaced', replacement: { state: 'done' } });
    expect(await app.decide(rotated.body.value)).toBe('ok');
    const before = (await allEvents(app.store)).length;
    expect(labels(await scan(rotated.body.value))).toEqual(['true_positive']);
    expect(await app.decide(rotated.body.value)).toBe('key_disabled');
    const found = await reports(key);
    expect(found).toMatchObject([
      {
        stopped: 'disabled',
        replacement: { state: 'open' },
        finds: [{ origin: 'scanner', foundAt: 'https://x.example/?k=kw_***', at: new Date(app.nowMs).toISOString() }],
      },
    ]);
    const { data } = (await app.call('GET', `/notices?keyId=${key}`)).body;
    expect(data.map((one: { kind: string }) => one.kind)).toEqual(['key.leaked', 'key.leaked']);
    const events = (await allEvents(app.store)).slice(before);
    expect(events.map(({ operation, object }) => [operation, object.type])).toEqual([
      ['reportScan', 'key'],
      ['reportScan', 'leakReport'],
    ]);
    // The value that got out last is not replaced by having been new once.
    await app.call('POST', `/keys/${key}/enable`);
    expect((await reports(key))[0].stopped).toBeNull();
    // Each once: the owner has decided.
    await scan(rotated.body.value);
    expect([await status(key), (await reports(key))[0].finds.length]).toEqual(['active', 1]);
  });

  test('A17 an account that wants to be told only is told only', async () => {
    await app.call('PATCH', `/accounts/${tenants.mine.accountId}/security`, { onLeakReport: 'notify' });
    expect(labels(await scan(value))).toEqual(['true_positive']);
    expect(await status(key)).toBe('active');
    const [report] = await reports(key);
    expect([report.stopped, report.left[0]]).toEqual([null, 'stopped']);
    expect((await app.call('GET', `/notices?keyId=${key}`)).body.data[0].text).toContain('still works');
  });

  test('A17 a value that was replaced, and a deleted key, are known and need nothing', async () => {
    await app.call('POST', `/keys/${key}/rotate`, { overlapSeconds: 0 });
    app.nowMs += 1000;
    expect(labels(await scan(value))).toEqual(['true_positive']);
    expect([await status(key), await reports(key)]).toEqual(['active', []]);
    const management = await app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'm', class: 'management' });
    expect(labels(await scan(management['value']))).toEqual(['true_positive']);
    expect(await status(management['id'])).toBe('disabled');
  });

  test('16.5.1 without a good signature nothing is looked at, and every answer is the same', async () => {
    const body = JSON.stringify([{ token: value, type: 't' }]);
    const good = sign(body);
    const before = await app.snapshot();
    const refused = [
      await app.call('POST', '/leak-scans', body, { key: null }),
      await signed(body, sign(body, other.privateKey)),
      await signed(body, good, 'scanner-2'),
      await signed(`${body} `, good),
      await signed(body, ''),
      await signed(body, 'not base64 !'),
      await signed(body, good.slice(0, -8)),
      await signed('{"not": "a list"}', good),
    ];
    for (const { status: code, body: problem } of refused) {
      expect(code).toBe(401);
      expect({ ...problem, requestId: '' }).toEqual({ ...refused[0]!.body, requestId: '' });
    }
    expect(await app.snapshot()).toBe(before);
  });

  test('16.5.1 the signature comes before whether the body can be read', async () => {
    for (const body of ['{"not json', '[', '{"__proto__": 1}']) {
      expect((await signed(body, sign(body, other.privateKey))).status).toBe(401);
      expect((await app.call('POST', '/leak-scans', body, { key: null })).status).toBe(401);
      expect((await signed(body)).status).toBe(400);
    }
  });

  test('A17 an entry that makes no sense is labelled, and the others are acted on', async () => {
    const long = `https://x.example/${'y'.repeat(1990)}?k=${value}`;
    const odd = [{ token: '' }, { token: 'x'.repeat(2001), type: 't' }, { token: 7, url: 8 }, 'no object', null, {}];
    const answer = await signed(JSON.stringify([...odd, { token: value, type: 't', url: long }]));
    expect([answer.status, labels(answer)]).toEqual([200, [...odd.map(() => 'false_positive'), 'true_positive']]);
    expect(answer.body[1].token_raw).toBe('x'.repeat(2001));
    expect(await status(key)).toBe('disabled');
    const [report] = await reports(key);
    expect(report.foundAt).toHaveLength(2000);
    expect(report.foundAt).not.toContain(value.slice(0, 8));
  });

  test('what is signed and makes no sense as a whole is refused', async () => {
    expect(pointers(await signed('{"a": 1}'))).toEqual(['']);
    const many = JSON.stringify(Array.from({ length: 1001 }, () => ({ token: 'x' })));
    expect((await signed(many)).status).toBe(400);
    expect((await signed('[]')).body).toEqual([]);
    const huge = JSON.stringify([{ token: 'x', padding: 'y'.repeat(1_100_000) }]);
    expect((await signed(huge)).status).toBe(413);
  });
});

describe('A17 whoever finds a key may say so', () => {
  const send = (body: object) => app.call('POST', '/found-keys', body, { key: null });
  const settled = async (check: () => Promise<boolean>): Promise<boolean> => {
    for (let at = 0; at < 100; at++) {
      if (await check()) return true;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return false;
  };

  test('A17 the whole key is stopped; the answer is the same for every text', async () => {
    const answers = [
      await send({ key: value, foundAt: `a forum,\nwith ${value}` }),
      await send({ key: unknown }),
      await send({ key: 'nothing like a key' }),
      await send({ key: value.slice(0, -1) }),
    ];
    for (const { status: code, body, headers } of answers) {
      expect([code, body]).toEqual([202, { received: true }]);
      expect([...headers.keys()]).toEqual([...answers[0]!.headers.keys()]);
    }
    expect(await settled(async () => (await status(key)) === 'disabled')).toBe(true);
    expect(await reports(key)).toMatchObject([{ origin: 'finder', foundAt: 'a forum, with kw_***' }]);
    expect(JSON.stringify([await allEvents(app.store), app.logged])).not.toContain(value);
  });

  test('A17 a value is acted on also when a report was opened by hand and the key enabled since', async () => {
    await app.call('POST', `/keys/${key}/leak-reports`, {});
    await app.call('POST', `/keys/${key}/enable`);
    expect(await status(key)).toBe('active');
    await send({ key: value, foundAt: 'a forum' });
    expect(await settled(async () => (await status(key)) === 'disabled')).toBe(true);
    expect(await reports(key)).toMatchObject([
      { origin: 'person', foundAt: null, finds: [{ origin: 'finder', foundAt: 'a forum' }] },
    ]);
    const { data } = (await app.call('GET', `/notices?keyId=${key}`)).body;
    expect(data).toHaveLength(2);
  });

  test('X03 A17 what was sent is kept nowhere, whatever stands around it and however it is written', async () => {
    await app.call('PATCH', `/accounts/${tenants.mine.accountId}/security`, { customKeys: true });
    const chosen = `Mx7-qpT_w29LzKd4vRnB${count}`;
    const made = await app.make(`/projects/${tenants.mine.projectId}/keys`, {
      name: 'chosen',
      value: chosen,
      scope: { mode: 'all' },
    });
    const encoded = (text: string) => text.replaceAll('_', '%5F').replaceAll('-', '%2d').replace('M', '%4D');
    await send({ key: chosen, foundAt: `?key=${chosen}&also=a${encoded(chosen)}` });
    await send({ key: value, foundAt: `a_${value} and ${value}_old and ${encoded(value)}` });
    expect(await settled(async () => (await status(key)) === 'disabled')).toBe(true);
    expect([(await reports(made['id']))[0].foundAt, (await reports(key))[0].foundAt]).toEqual([
      '?key=***&also=a***',
      'a_kw_*** and kw_***_old and kw_***',
    ]);
    const [more, most] = [`${chosen}second`, `${chosen}-third`];
    const ids: string[] = [];
    for (const one of [more, most]) {
      const fields = { name: `chosen ${ids.length}`, value: one, scope: { mode: 'all' } };
      ids.push((await app.make(`/projects/${tenants.mine.projectId}/keys`, fields))['id']);
    }
    await signed(
      JSON.stringify([
        { token: more, type: 't', url: `?a=${more}&b=${encoded(most)}` },
        { token: most, type: 't', url: `?a=${more}&b=${most}` },
      ]),
    );
    for (const id of ids) expect((await reports(id))[0].foundAt).toBe('?a=***&b=***');
    const kept = JSON.stringify([await allEvents(app.store), app.logged, await app.snapshot()]);
    for (const one of [chosen, value, encoded(chosen), encoded(value)]) expect(kept).not.toContain(one);
  });

  test('A17 the answer waits for no look-up, so that its time tells nothing', async () => {
    const find = app.store.keys.findByHashes.bind(app.store.keys);
    const held = Promise.withResolvers<undefined>();
    Object.assign(app.store.keys, {
      findByHashes: async (hashes: readonly string[]) => held.promise.then(() => find(hashes)),
    });
    try {
      expect((await send({ key: value })).status).toBe(202);
      expect(await status(key)).toBe('active');
    } finally {
      Object.assign(app.store.keys, { findByHashes: find });
      held.resolve(undefined);
    }
    expect(await settled(async () => (await status(key)) === 'disabled')).toBe(true);
  });

  test('part of a key does nothing', async () => {
    for (const part of [value.slice(0, -1), value.slice(1), `${value} `, value.toUpperCase(), value.slice(0, 8)])
      await send({ key: part });
    await send({ key: unknown });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([await status(key), await reports(key)]).toEqual(['active', []]);
  });

  test('X05 one address may send twenty in an hour, right or wrong', async () => {
    app.address = '203.0.113.77';
    const statuses: number[] = [];
    for (let at = 0; at < 22; at++) statuses.push((await send({ key: at % 2 === 0 ? unknown : 'x' })).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 202), 429, 429]);
    expect(Number((await send({ key: value })).headers.get('retry-after'))).toBeGreaterThan(3000);
    app.address = '203.0.113.78';
    expect((await send({ key: unknown })).status).toBe(202);
    app.address = '203.0.113.77';
    app.nowMs += 3_600_000;
    expect((await send({ key: unknown })).status).toBe(202);
    expect(await status(key)).toBe('active');
  });

  test('unknown fields and texts longer than any key are refused', async () => {
    expect(pointers(await send({ key: 'x', disable: true }))).toEqual(['/disable']);
    expect(pointers(await send({ key: 'x'.repeat(257) }))).toEqual(['/key']);
    expect(pointers(await send({}))).toEqual(['/key']);
  });
});

test('D20 what keys look like is public, with rules for scanners', async () => {
  const { status: code, body } = await app.call('GET', '/key-pattern', undefined, { key: null });
  expect([code, body]).toEqual([200, { ...leakRules('kw_') }]);
  expect(new RegExp(body.pattern).exec(`x = "${value}"`)?.[0]).toBe(value);
  const guide = await readFile(resolve(import.meta.dirname, '../../docs/guide/leaks.md'), 'utf8');
  for (const rule of [body.gitleaks, body.trufflehog]) expect(guide).toContain(rule);
});

describe('the file of scanners’ keys', () => {
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
  const file = async (content: unknown): Promise<string> => {
    const path = join(await mkdtemp(join(tmpdir(), 'keyward-scanners-')), 'keys.json');
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };

  test('is read as identifiers and keys, and as GitHub serves it', async () => {
    expect([...readScannerKeys(await file({ a: pem })).keys()]).toEqual(['a']);
    const github = { public_keys: [{ key_identifier: 'b', key: pem, is_current: true }] };
    expect([...readScannerKeys(await file(github)).keys()]).toEqual(['b']);
    expect(readScannerKeys(null).size).toBe(0);
  });

  test('that cannot be used keeps the server from starting, in words that name it', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
    for (const wrong of ['not json', '{}', '[]', { a: 'no pem' }, { a: 7 }, { a: rsa }, { public_keys: 'x' }]) {
      const path = await file(wrong);
      expect(() => readScannerKeys(path)).toThrow(`KEYWARD_SCANNER_KEYS: ${path}`);
    }
    expect(() => readScannerKeys('/nowhere/keys.json')).toThrow('KEYWARD_SCANNER_KEYS');
  });
});

describe('a scanner asks whether a key is live, at the gateway of a whole server', () => {
  let server: TestApp;
  beforeAll(async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'keyward-scanners-')), 'keys.json');
    writeFileSync(path, JSON.stringify({ 'scanner-1': pair.publicKey.export({ type: 'spki', format: 'pem' }) }));
    server = await startTestApp({ env: { KEYWARD_SCANNER_KEYS: path } });
  });
  afterAll(() => server.remove());

  const models = async (bearer: string): Promise<number> =>
    (await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${bearer}` } })).status;

  test('A17 A11 GET /v1/models is 200 for a live key and 401 for a dead one, from the very next call after the report', async () => {
    const live = server.first!.key;
    expect([await models(live), await models(unknown)]).toEqual([200, 401]);
    const body = JSON.stringify([{ token: live, type: 't', url: null, source: 'Commit' }]);
    const answer = await fetch(`${server.url}/api/v1/leak-scans`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'Github-Public-Key-Identifier': 'scanner-1',
        'Github-Public-Key-Signature': sign(body),
      },
    });
    expect(await answer.json()).toEqual([{ token_raw: live, token_type: 't', label: 'true_positive' }]);
    expect(await models(live)).toBe(401);
    expect(server.logged.join('\n')).not.toContain(live);
  });
});
