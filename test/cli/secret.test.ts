// The server secret is exchanged, on both engines: what it encrypted is under the new one, and nothing else changes.

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chainKeyOf, createCipher } from '../../src/store/cipher.ts';
import { openStore } from '../../src/store/open.ts';
import { openSecretExchange } from '../../src/store/secretExchange.ts';
import { recoveryKeyOf } from '../../src/http/session/cookies.ts';
import { secretProof, secretsOf } from '../../src/serverSecret.ts';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import { earlierCode, newBrowser, signedIn, totpOf } from '../kit/people.ts';
import { engines, keyIn, newPlace, secretOf, type StorePlace } from '../kit/stores.ts';
import { atTerminal, callStatus } from './keyward.ts';

const OLD = 'the-old-server-secret-of-this-test-0001';
const NEW = 'the-new-server-secret-of-this-test-0002';

describe.each(engines)('keyward secret exchange on %s', (engine) => {
  let place: StorePlace;
  let app: TestApp | undefined;

  beforeEach(async () => {
    place = await newPlace(engine);
  });
  afterEach(async () => {
    await stop();
    await place.clear();
  });

  const settings = (env: Record<string, string> = {}) => ({
    KEYWARD_DATA_DIR: place.dataDir,
    ...(place.url !== null && { DATABASE_URL: place.url }),
    ...env,
  });
  async function start(secret: string | null): Promise<TestApp> {
    app = await startTestApp({
      dataDir: place.dataDir,
      env: settings(secret === null ? {} : { KEYWARD_SECRET: secret }),
    });
    return app;
  }
  async function stop(): Promise<void> {
    await app?.stop();
    app = undefined;
    // A node that has stopped counts as alive until its lease has run out.
    if (engine === 'postgres') await place.sql('delete from nodes').catch(() => undefined);
  }
  const exchange = (env: Record<string, string>) => atTerminal(['secret', 'exchange'], settings(env));
  const both = { KEYWARD_SECRET: NEW, KEYWARD_SECRET_PREVIOUS: OLD };

  /** Everything that is kept under the secret. */
  async function filled(secret: string | null) {
    const server = await start(secret);
    const account = await made(server, '/accounts', { name: 'Acme' });
    const project = await made(server, '/projects', { accountId: account.id, name: 'Shop', defaultKey: false });
    await server.api('PATCH', `/accounts/${account.id}/security`, { keyReveal: 'recoverable' });
    const key = await made(server, `/projects/${project.id}/keys`, { name: 'kept', scope: { mode: 'all' } });
    const provider = await made(server, '/providers', {
      name: 'vendor',
      kind: 'openai',
      baseUrl: 'http://127.0.0.1:9/v1',
      credential: 'credential-of-the-vendor',
    });
    await made(server, `/accounts/${account.id}/webhooks`, { url: 'https://hooks.example/x' });
    const email = `${randomUUID().slice(0, 8)}@secret.test`;
    const password = `hedgehog ${randomUUID()}`;
    const person = await server.api<{ passwordReset: { token: string } }>('POST', '/people', { email, name: 'Li Wei' });
    await newBrowser(server.url).call('POST', '/auth/password-reset', {
      token: person.body.passwordReset.token,
      password,
    });
    const browser = await signedIn(server.url, email, password);
    const totp = (await browser.call('POST', '/auth/totp', { password })).body;
    await browser.call('POST', '/auth/totp/confirm', { code: await earlierCode(totp.uri) });
    return { project, key, provider, email, password, browser, totp };
  }

  async function holds(filledWith: Awaited<ReturnType<typeof filled>>, secret: string | null): Promise<void> {
    const { project, key, email, password, totp, browser } = filledWith;
    const server = await start(secret);
    expect(await callStatus(server, key.value)).toBe(200);
    const revealed = await server.api('POST', `/keys/${key.id}/reveal`, { confirm: 'kept' });
    expect(revealed.body).toMatchObject({ value: key.value });
    const fresh = await made(server, `/projects/${project.id}/keys`, { name: 'new', scope: { mode: 'all' } });
    expect(await callStatus(server, fresh.value)).toBe(200);
    expect((await server.api('GET', '/audit-events/verify')).body).toMatchObject({ ok: true });
    browser.cookies.delete('keyward-device');
    const old = await fetch(`${server.url}/api/v1/auth/session`, {
      headers: { cookie: `keyward=${browser.cookies.get('keyward')}` },
    });
    expect(old.status).toBe(401);
    for (const proof of [{ code: totpOf(totp.uri, 1) }, { recoveryCode: totp.recoveryCodes[0] as string }]) {
      const again = newBrowser(server.url);
      await again.call('POST', '/auth/sign-in', { email, password });
      expect([proof, (await again.call('POST', '/auth/second-factor', proof)).status]).toEqual([proof, 200]);
    }
    await stop();
  }

  async function everything(): Promise<string> {
    if (engine === 'sqlite')
      return ['keyward.db', 'keyward.db-wal']
        .map((name) => join(place.dataDir, name))
        .flatMap((path) =>
          readdirSync(place.dataDir).some((one) => path.endsWith(one)) ? [readFileSync(path, 'latin1')] : [],
        )
        .join('');
    const { rows } = await place.sql(`select table_name from information_schema.tables where table_schema = 'public'`);
    const tables = await Promise.all(rows.map(({ table_name }) => place.sql(`select * from "${String(table_name)}"`)));
    return JSON.stringify(tables.map((one) => one.rows));
  }
  const idOf = (secret: string) =>
    createCipher(secretsOf(secret).credentials).encrypt('x', 'y').split('.').slice(0, 2).join('.');

  test('V22 T36 X02 X03 old keys go on working, what was kept is read under the new secret alone, and the log stays whole', async () => {
    const kept = await filled(OLD);
    await stop();
    const done = await exchange(both);
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toMatch(
      /providers: \d+ of \d+[^]*two_factors: 1 of 1[^]*KEYWARD_SECRET_PREVIOUS may be dropped/,
    );
    await holds(kept, NEW);
    if (engine === 'postgres') expect(await everything()).not.toContain(idOf(OLD));
    await expect(start(OLD)).rejects.toMatchObject({ message: expect.stringContaining('used with last') });
    if (engine === 'postgres') await place.sql('delete from nodes');
    const again = await exchange(both);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('Nothing was changed')]);
    // And once more: what is kept of the first secret goes on from one to the next.
    const third = 'the-third-server-secret-of-this-test-03';
    expect((await exchange({ KEYWARD_SECRET: third, KEYWARD_SECRET_PREVIOUS: NEW })).code).toBe(0);
    const server = await start(third);
    expect(await callStatus(server, kept.key.value)).toBe(200);
    const rows = await server.api<{ data: unknown[] }>('GET', '/audit-events?operation=exchangeServerSecret');
    expect(rows.body.data).toMatchObject([
      { outcome: 'done' },
      { outcome: 'attempted' },
      { outcome: 'done' },
      { outcome: 'attempted' },
    ]);
    expect((await server.api('GET', '/audit-events/verify')).body).toMatchObject({ ok: true });
  });

  test('X03 broken off in the middle no server starts, doctor says why, and it goes on where it was', async () => {
    const kept = await filled(OLD);
    await stop();
    const [old, fresh] = [secretsOf(OLD), secretsOf(NEW)];
    const steps = await openSecretExchange({
      url: place.url,
      dataDir: place.dataDir,
      from: { proof: secretProof(old), credentials: old.credentials },
      to: { proof: secretProof(fresh), credentials: fresh.credentials },
      kept: { keyHash: old.keyHash, chain: chainKeyOf(old.credentials), recovery: recoveryKeyOf(old.tokens) },
      resealTotp: () => Promise.reject(new Error('the power is gone')),
      onError: () => undefined,
    });
    const record = {
      atMs: 1,
      actor: { type: 'system', id: 'test', name: null, isOperator: true },
      address: null,
      operation: 'exchangeServerSecret',
      object: { type: 'server', id: null, name: null },
      accountId: 'acc_platform',
      projectId: null,
      outcome: 'attempted',
      code: null,
      requestId: null,
      before: null,
      after: null,
    } as const;
    expect(await steps.begin(record)).toBe('begun');
    const told: string[] = [];
    await expect(steps.reseal(({ table }) => told.push(table))).rejects.toMatchObject({ code: 'conflict' });
    expect(told).toEqual(['providers', 'webhooks', 'secrets']);
    await steps.close();
    for (const secret of [OLD, NEW])
      await expect(start(secret)).rejects.toMatchObject({ message: expect.stringContaining('not finished') });
    if (engine === 'postgres') await place.sql('delete from nodes');
    const doctor = await atTerminal(['doctor', '--json'], settings({ KEYWARD_SECRET: NEW }));
    expect(doctor.stdout).toContain('It is being exchanged');
    const other = await exchange({ ...both, KEYWARD_SECRET: 'quite-another-secret-of-this-test-00004' });
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('not finished')]);
    const resumed = await exchange(both);
    expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringContaining('goes on where it was broken off')]);
    await holds(kept, NEW);
    const after = await atTerminal(['doctor', '--json'], settings(both));
    expect(after.stdout).toContain('nothing in it depends on KEYWARD_SECRET_PREVIOUS');
  });

  test('X03 with a wrong secret of before nothing is changed', async () => {
    const kept = await filled(OLD);
    await stop();
    const wrong = await exchange({ ...both, KEYWARD_SECRET_PREVIOUS: 'never-the-secret-of-this-store-000000' });
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('under neither of the two')]);
    for (const env of [{ KEYWARD_SECRET: OLD, KEYWARD_SECRET_PREVIOUS: OLD }, { KEYWARD_SECRET_PREVIOUS: OLD }])
      expect((await exchange(env)).code).toBe(2);
    const server = await start(OLD);
    expect(await callStatus(server, kept.key.value)).toBe(200);
    const held = await exchange(both);
    expect([held.code, held.stderr]).toEqual([1, expect.stringMatching(/in use|uses this database/)]);
  });

  test('X03 no kept value is left behind, however many there are, when it is broken off between batches too', async () => {
    const { project, browser } = await filled(OLD);
    expect(browser.cookies.size).toBeGreaterThan(0);
    await stop();
    const openUnder = (secret: string) =>
      openStore({ url: place.url, dataDir: place.dataDir, cipher: createCipher(secretsOf(secret).credentials) });
    const before = await openUnder(OLD);
    const accountId = (await before.projects.get(project.id))!.accountId;
    const many = Array.from({ length: 450 }, () => keyIn({ id: project.id, accountId, name: '', createdAtMs: 1 }));
    for (const key of many) await before.keys.create(key, { ...secretOf(key), keep: `value of ${key.id}` });
    await before.close();
    let lines = 0;
    const cut = atTerminal(['secret', 'exchange'], settings(both), {
      terminal: {
        out: () => {
          if (++lines === 5) throw new Error('the power is gone');
        },
      },
    });
    await expect(cut).rejects.toThrow('the power is gone');
    const done = await exchange(both);
    expect([done.code, done.stdout]).toEqual([
      0,
      expect.stringMatching(/secrets: 200 of \d+\nsecrets: 400 of \d+\nsecrets: 45\d of/),
    ]);
    const after = await openUnder(NEW);
    const values = await Promise.all(many.map(({ id }) => after.secrets.reveal(id)));
    await after.close();
    expect(values).toEqual(many.map(({ id }) => `value of ${id}`));
  });

  test('X03 a row that opens under neither secret is named, stays as it is, and holds up the rest until it is mended', async () => {
    const { provider } = await filled(OLD);
    await stop();
    const store = await openStore({ url: place.url, dataDir: place.dataDir, cipher: createCipher(new Uint8Array(32)) });
    await store.catalogue.providers.update(provider.id, { credential: 'under a third secret' }).catch(() => undefined);
    await store.close();
    const broken = await exchange(both);
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining(`providers ${provider.id}`)]);
  });
});

test('X03 the secret in the data folder is exchanged for a new one, and the old one is kept beside it', async () => {
  const place = await newPlace('sqlite');
  const app = await startTestApp({ dataDir: place.dataDir });
  const { key } = app.first!;
  await app.stop();
  const path = join(place.dataDir, 'secret');
  const before = readFileSync(path, 'utf8');
  const done = await atTerminal(['secret', 'exchange'], { KEYWARD_DATA_DIR: place.dataDir });
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('secret.until-')]);
  const [kept = ''] = readdirSync(place.dataDir).filter((name) => name.startsWith('secret.until-'));
  expect(readFileSync(join(place.dataDir, kept), 'utf8')).toBe(before);
  expect(readFileSync(path, 'utf8')).not.toBe(before);
  expect(readdirSync(place.dataDir)).not.toContain('secret.next');
  const again = await startTestApp({ dataDir: place.dataDir });
  expect(await callStatus(again, key)).toBe(200);
  await again.remove();
});
