import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestManagement } from '../kit/management.ts';
import { startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
});
afterAll(() => app.close());

const look = (key: string | null, headers: Record<string, string> = {}) =>
  app.call('GET', '/projects', undefined, { key, headers });

describe('who calls', () => {
  test('D01 V02 without a key the answer is 401 with a bare challenge', async () => {
    const answer = await look(null);
    expect([answer.status, answer.body.code]).toEqual([401, 'missing_api_key']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="keyward"');
  });

  test('unknown, malformed, truncated, and wrong-checksum keys answer 401 with the same words', async () => {
    const { accountKey } = tenants.mine;
    const swapped = accountKey.slice(0, -1) + (accountKey.endsWith('0') ? '1' : '0');
    const answers = await Promise.all([
      look('kw_unknown'),
      look(accountKey.slice(0, -1)),
      look(swapped),
      look(accountKey.toLowerCase()),
      look('x'.repeat(5000)),
    ]);
    for (const answer of answers) {
      expect([answer.status, answer.body.code]).toEqual([401, 'invalid_api_key']);
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer realm="keyward", error="invalid_token", error_description="[\x20-\x7e]*"$/,
      );
    }
    expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
  });

  test('a standard key is refused with insufficient_scope, and learns nothing more', async () => {
    const answer = await app.call('GET', `/keys/${tenants.mine.keyId}`, undefined, { key: tenants.mine.value });
    expect([answer.status, answer.body.code]).toEqual([403, 'insufficient_scope']);
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  test('D16 the scheme’s name is case-insensitive, and x-api-key works too', async () => {
    expect((await look(null, { authorization: `bearer ${tenants.mine.accountKey}` })).status).toBe(200);
    expect((await look(null, { 'x-api-key': tenants.mine.accountKey })).status).toBe(200);
    expect((await look(null, { authorization: tenants.mine.accountKey })).status).toBe(401);
  });

  test('two different keys are refused, the same one twice is not', async () => {
    const { accountKey, projectKey } = tenants.mine;
    const answer = await look(accountKey, { 'x-api-key': projectKey });
    expect([answer.status, answer.body.code]).toEqual([400, 'conflicting_api_keys']);
    expect((await look(accountKey, { 'x-api-key': accountKey })).status).toBe(200);
  });

  test('T04 a key in the address is refused, with a good key beside it too, and never logged', async () => {
    const { accountKey } = tenants.mine;
    for (const query of ['api_key=x', `search=${accountKey}`, `x=${accountKey}`, 'access_token=y']) {
      const answer = await app.call('GET', `/projects?${query}`);
      expect([answer.status, answer.body.code]).toEqual([400, 'api_key_in_query']);
      expect(answer.text).not.toContain(accountKey);
    }
    expect(app.logged.join('')).not.toContain(accountKey);
  });

  test('the beginning of a key can be searched for, because lists show it', async () => {
    const { masked } = (await app.call('GET', `/keys/${tenants.mine.keyId}`)).body;
    const answer = await app.call('GET', `/projects/${tenants.mine.projectId}/keys?search=${masked.slice(0, 5)}`);
    expect(answer.status).toBe(200);
  });

  test('V10 V19 A08 a management key obeys its own addresses, status and expiry', async () => {
    const { id, value } = await app.make(`/accounts/${tenants.mine.accountId}/keys`, {
      name: 'bound',
      ipAllow: ['192.0.2.0/24'],
      expiresAt: new Date(app.nowMs + 1000).toISOString(),
    });
    expect((await look(value)).status).toBe(200);
    app.address = '203.0.113.1';
    expect((await look(value)).body.code).toBe('ip_not_allowed');
    app.address = null;
    expect((await look(value)).body.code).toBe('ip_not_allowed');
    app.address = '192.0.2.10';
    await app.call('POST', `/keys/${id}/disable`);
    expect((await look(value)).body).toMatchObject({ status: 401, code: 'key_disabled' });
    await app.call('POST', `/keys/${id}/enable`);
    app.nowMs += 1000;
    expect((await look(value)).body).toMatchObject({ status: 401, code: 'key_expired' });
  });

  test('a deleted management key is refused on its next call', async () => {
    const { id, value } = await app.make(`/projects/${tenants.mine.projectId}/keys`, {
      name: 'gone',
      class: 'management',
    });
    expect((await look(value)).status).toBe(200);
    const { confirm } = (await app.call('DELETE', `/keys/${id}`)).body;
    await app.call('DELETE', `/keys/${id}?confirm=${confirm}`);
    expect((await look(value)).body.code).toBe('invalid_api_key');
  });

  test('a suspended account’s keys are refused at once, and work again when the suspension is lifted', async () => {
    const { accountId, accountKey, value } = tenants.theirs;
    expect(await app.decide(value)).toBe('ok');
    await app.call('PATCH', `/accounts/${accountId}`, { status: 'suspended' });
    expect((await look(accountKey)).body).toMatchObject({ status: 403, code: 'account_suspended' });
    expect(await app.decide(value)).toBe('account_suspended');
    await app.call('PATCH', `/accounts/${accountId}`, { status: 'active' });
    expect((await look(accountKey)).status).toBe(200);
    expect(await app.decide(value)).toBe('ok');
  });

  test('a management key of the platform’s account is the operator; what it makes bears its id', async () => {
    const operator = await app.make('/accounts/acc_platform/keys', { name: 'operator' });
    const account = await app.make('/accounts', { name: 'made by key' }, { key: operator['value'] });
    const key = await app.make(`/accounts/${account['id']}/keys`, { name: 'x' }, { key: operator['value'] });
    expect(key['createdBy']).toBe(operator['id']);
    expect((await app.call('GET', '/providers', undefined, { key: operator['value'] })).status).toBe(200);
  });

  test('V15 the creator of a key is the management key that made it', async () => {
    const { body } = await app.call(
      'POST',
      `/projects/${tenants.mine.projectId}/keys`,
      { name: 'x', scope: { mode: 'all' } },
      { key: tenants.mine.projectKey },
    );
    expect(body.createdBy).toBe(tenants.mine.projectKeyId);
  });

  test('a refused call is logged with code and address and without the key', async () => {
    app.logged.length = 0;
    await look(tenants.mine.value);
    const line = JSON.parse(app.logged.at(-1)!);
    expect(line).toMatchObject({ code: 'insufficient_scope', address: '192.0.2.10', route: '/api/v1/projects' });
    expect(app.logged.join('')).not.toContain(tenants.mine.value);
  });
});
