// X02, X03 at the management API: every operation that can change something is walked through, once with success and
// once refused. An operation that is added without a step here fails the first test.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/core/audit.ts';
import { ROOT_KEY } from '../kit/app.ts';
import type { TestManagement } from '../kit/management.ts';
import { allEvents } from '../kit/audit.ts';
import { OIDC_ROUTES, PERSONAL_ROUTES, UNRECORDED_ROUTES, walk, type Step } from './auditWalk.ts';
import { startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let steps: Record<string, Step>;
/** All that must be in no row. */
const secrets = new Set(['upstream-secret', 'provider-credential-1', 'provider-credential-2', 'secret-path']);

beforeAll(async () => {
  tenants = await startTenants({
    testProvider: async () => ({ ok: true, status: 200, detail: 'fine', durationMs: 1 }),
  });
  app = tenants.app;
  steps = walk(tenants);
  secrets.add('the-hash-of-a-password');
  for (const { value, accountKey, projectKey } of [tenants.mine, tenants.theirs])
    for (const one of [value, accountKey, projectKey]) keep(one);
});
afterAll(() => app.close());

/** Operations that change nothing: one only reads, the other always refuses. */
const READS = ['POST /api/v1/keys/:id/explain', 'PATCH /api/v1/security'];
const ELSEWHERE = [...PERSONAL_ROUTES, ...OIDC_ROUTES, ...UNRECORDED_ROUTES].map((route) =>
  route.replace(' ', ' /api/v1'),
);

const changing = (): string[] =>
  app.routes.filter((route) => route.includes(' /api/') && !/^(?:GET|HEAD) /.test(route) && !ELSEWHERE.includes(route));
const rowsOf = async (requestId: string | null): Promise<AuditEvent[]> =>
  (await allEvents(app.store)).filter((event) => event.requestId === requestId);

function keep(value: unknown): void {
  if (typeof value !== 'string') return;
  secrets.add(value);
  secrets.add(app.hash(value));
}

test('X02: every operation that can change something has a step here', () => {
  expect([...Object.keys(steps), ...READS].toSorted()).toEqual(changing().toSorted());
});

test('X02: every operation that succeeds leaves its row, and one that is refused a row that says so', async () => {
  for (const [route, step] of Object.entries(steps)) {
    const [method = '', url = ''] = route.split(' ');
    const [path, body] = await step.send();
    const stranger = await app.call(method, path, body, { key: tenants.theirs.projectKey });
    expect([route, stranger.status]).toEqual([route, expect.toBeOneOf([403, 404])]);
    const refusals = await rowsOf(stranger.headers.get('x-request-id'));
    expect([route, refusals]).toMatchObject([
      route,
      [
        {
          outcome: 'refused',
          code: stranger.body.code,
          actor: { type: 'key', id: tenants.theirs.projectKeyId, name: 'project management', isOperator: false },
          accountId: tenants.theirs.accountId,
          projectId: tenants.theirs.projectId,
          address: '192.0.2.10',
          before: null,
          after: null,
        },
      ],
    ]);
    const at = url.includes('/users/:userId') ? 4 : 2;
    if (url.includes(':id')) expect([route, refusals[0]?.object.id]).toEqual([route, path.split(/[/?]/)[at]]);

    const answer = await app.call(method, path, body);
    expect([route, answer.status, answer.text]).toEqual([route, expect.toBeOneOf([200, 201, 204]), answer.text]);
    keep(answer.body?.value);
    keep((body as { password?: string } | undefined)?.password);
    keep(answer.body?.secret);
    for (const [, token] of answer.text.matchAll(/"token":"([^"]+)"/g)) keep(token);
    const rows = await rowsOf(answer.headers.get('x-request-id'));
    expect([route, rows.length]).toEqual([route, step.rows ?? 1]);
    for (const row of rows) {
      expect([route, row]).toMatchObject([
        route,
        {
          outcome: expect.toBeOneOf(['done', ...(step.object === 'ledger' ? ['attempted'] : [])]) as string,
          object: { type: step.object },
          actor: { type: 'root', id: 'root', isOperator: true },
          address: '192.0.2.10',
          code: null,
        },
      ]);
      expect([route, row.operation]).toEqual([route, refusals[0]?.operation]);
      // In the transaction of the change: there is something before or after.
      if (step.plain !== true) expect([route, row.before ?? row.after]).not.toEqual([route, null]);
      if (method === 'DELETE') expect([route, row.after]).toEqual([route, null]);
    }
  }
  expect(await app.store.audit.verify()).toMatchObject({ ok: true });
});

test('X02: a deletion that is not confirmed, a clash and a faulty request are refusals; the first of two calls is none', async () => {
  const { body: key } = await app.call('POST', `/projects/${tenants.mine.projectId}/keys`, {
    name: 'kept',
    scope: { mode: 'all' },
  });
  keep(key.value);
  const calls = [
    ['DELETE', `/keys/${key.id}`, undefined, 428],
    ['DELETE', `/keys/${key.id}?confirm=1.${'A'.repeat(43)}`, undefined, 400],
    ['PATCH', `/keys/${key.id}`, { nothing: 1 }, 400],
    ['DELETE', `/providers/${tenants.providerId}`, undefined, 409],
    ['PATCH', `/keys/${key.value}`, { description: 'a value where an id belongs' }, 404],
  ] as const;
  const found: unknown[] = [];
  for (const [method, path, body, status] of calls) {
    const answer = await app.call(method, path, body);
    expect(answer.status).toBe(status);
    const rows = await rowsOf(answer.headers.get('x-request-id'));
    found.push(rows.map(({ outcome, code, object, operation }) => [operation, outcome, code, object.id, object.name]));
  }
  expect(found).toEqual([
    [],
    [['deleteKey', 'refused', 'invalid_request', key.id, 'kept']],
    [['changeKey', 'refused', 'invalid_request', key.id, 'kept']],
    [['deleteProvider', 'refused', 'conflict', tenants.providerId, null]],
    [['changeKey', 'refused', 'not_found', null, null]],
  ]);
});

test('reading leaves nothing, nor does whoever is not known', async () => {
  const before = (await allEvents(app.store)).length;
  await app.call('GET', `/keys/${tenants.mine.keyId}`);
  await app.call('GET', '/keys/key_unknown');
  await app.call('POST', `/keys/${tenants.mine.keyId}/explain`, { model: 'other' });
  await app.call('POST', '/ledger/verify', { repair: false });
  await app.call('POST', '/accounts', { name: 'x' }, { key: null });
  await app.call('POST', '/accounts', { name: 'x' }, { key: 'not-a-key' });
  await app.call('POST', '/nowhere', {});
  expect((await allEvents(app.store)).length).toBe(before);
});

test('X02: a copy and a creation sent again are told apart', async () => {
  const path = `/projects/${tenants.mine.projectId}/keys`;
  const headers = { 'idempotency-key': 'audited-once' };
  const body = { name: 'once', copyFrom: tenants.mine.keyId };
  const first = await app.call('POST', path, body, { headers });
  const second = await app.call('POST', path, body, { headers });
  keep(first.body.value);
  expect([first.status, second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
  const rows = await rowsOf(second.headers.get('x-request-id'));
  expect(rows).toMatchObject([{ outcome: 'done', before: null, after: null, object: { type: 'project' } }]);
  expect((await rowsOf(first.headers.get('x-request-id')))[0]).toMatchObject({ object: { id: first.body.id } });
});

describe('reading the log', () => {
  const listed = async (query: string, key?: string): Promise<AuditEvent[]> => {
    const answer = await app.call('GET', `/audit-events?limit=200${query}`, undefined, key ? { key } : {});
    expect([query, answer.status]).toEqual([query, 200]);
    return answer.body.data;
  };

  test('the operator sees all, an account its own, a project what is in it', async () => {
    const { mine, theirs } = tenants;
    const all = await listed('');
    expect(new Set(all.map(({ accountId }) => accountId)).size).toBeGreaterThan(2);
    const ofAccount = await listed('', mine.accountKey);
    expect(ofAccount.length).toBeGreaterThan(10);
    expect(new Set(ofAccount.map(({ accountId }) => accountId))).toEqual(new Set([mine.accountId]));
    const ofProject = await listed('', theirs.projectKey);
    expect(new Set(ofProject.map(({ projectId }) => projectId))).toEqual(new Set([theirs.projectId]));
    const other = await app.call('GET', `/audit-events?accountId=${theirs.accountId}`, undefined, {
      key: mine.accountKey,
    });
    expect(other.status).toBe(404);
    const [foreign] = await listed(`&accountId=${theirs.accountId}`);
    expect((await app.call('GET', `/audit-events/${foreign?.id}`)).status).toBe(200);
    const hidden = await app.call('GET', `/audit-events/${foreign?.id}`, undefined, { key: mine.accountKey });
    expect(hidden.status).toBe(404);
    expect((await app.call('GET', '/audit-events/verify', undefined, { key: mine.accountKey })).status).toBe(403);
    expect((await app.call('GET', '/audit-events/verify')).body).toMatchObject({ ok: true, brokenSeq: null });
  });

  test('where the operator works from is shown to the operator only', async () => {
    const byOperator = (event: AuditEvent): boolean => event.actor.isOperator;
    const seen = (await listed('', tenants.mine.accountKey)).filter(byOperator);
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen.map(({ address }) => address))).toEqual(new Set([null]));
    expect((await listed(`&accountId=${tenants.mine.accountId}`)).some(({ address }) => address !== null)).toBe(true);
  });

  test('filters by actor, object, operation, outcome and time', async () => {
    const { theirs, mine } = tenants;
    const refused = await listed(`&actorId=${theirs.projectKeyId}&outcome=refused`);
    expect(refused.length).toBeGreaterThan(10);
    expect(new Set(refused.map(({ actor, outcome }) => `${actor.id} ${outcome}`)).size).toBe(1);
    const made = await listed(`&objectId=${mine.keyId}&operation=createKey`);
    expect(made).toMatchObject([{ object: { type: 'key', id: mine.keyId }, operation: 'createKey' }]);
    expect(await listed(`&to=2020-01-01T00:00:00Z`)).toEqual([]);
    const bad = await app.call('GET', '/audit-events?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z');
    expect(bad.status).toBe(400);
  });

  test('exports everything there is as JSON Lines and as CSV that no spreadsheet runs', async () => {
    app.nowMs += 1;
    const name = '=HYPERLINK("http://evil")';
    const made = await app.call('POST', '/accounts', { name });
    const exported = async (key: string): Promise<string> => {
      const headers = { authorization: `Bearer ${key}` };
      return (await fetch(`${app.url}/api/v1/audit-events/export?format=jsonl`, { headers })).text();
    };
    const lines = (await exported(ROOT_KEY)).trimEnd().split('\n');
    const events = lines.map((line) => JSON.parse(line) as AuditEvent);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
    expect(events.length).toBe((await allEvents(app.store)).length);
    const csv = await app.call('GET', `/audit-events/export?format=csv&objectId=${made.body.id}`);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toContain('audit-events.csv');
    const [head, row] = csv.text.split('\r\n');
    expect(head).toMatch(/^seq,accountSeq,id,at,actorType/);
    expect(row).toContain(`"'=HYPERLINK(""http://evil"")"`);
    const wide = await app.call('POST', '/accounts', { name: '＝HYPERLINK' });
    const cells = await app.call('GET', `/audit-events/export?format=csv&objectId=${wide.body.id}`);
    expect(cells.text.split('\r\n')[1]).toContain(`,'＝HYPERLINK,`);
    const owned = (await exported(tenants.mine.accountKey))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEvent);
    // Whole, and provably so: numbered without a gap within the account.
    expect(owned.map(({ accountSeq }) => accountSeq)).toEqual(owned.map((_, at) => at + 1));
  });
});

test('X03: no value, hash, credential, signing secret or password is in any row', async () => {
  const text = JSON.stringify(await allEvents(app.store));
  expect(secrets.size).toBeGreaterThan(20);
  expect([...secrets].filter((secret) => text.includes(secret))).toEqual([]);
});
