import { afterAll, beforeAll, expect, test } from 'vitest';
import { DENIALS } from '../../src/core/denial.ts';
import { DOORS } from '../../src/http/doors.ts';
import type { ApiDescription, Operation } from '../../src/http/openapi.ts';
import { startManagement, type TestManagement } from '../kit/management.ts';

let app: TestManagement;
let api: ApiDescription & { info: object; servers: object[] };

beforeAll(async () => {
  app = await startManagement({ doors: DOORS });
  api = (await app.call('GET', '/openapi.json', undefined, { key: null })).body;
});
afterAll(() => app.close());

const operations = (): { method: string; path: string; operation: Operation }[] =>
  Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
const isDoor = (method: string, path: string) => DOORS.some((door) => door.method === method && door.path === path);

test('X04 the description is OpenAPI 3.1, open to everyone, and names the server', () => {
  expect(api.openapi).toBe('3.1.0');
  expect(api.servers).toEqual([{ url: 'http://keyward.test' }]);
});

test('X04 every documented operation is routed', async () => {
  const own = operations().filter(({ method, path }) => !isDoor(method, path));
  expect(own.length).toBeGreaterThan(35);
  for (const { method, path, operation } of own) {
    const { status } = await app.call(method, path.replace('/api/v1', '').replaceAll(/\{\w+\}/g, 'nobody'), undefined, {
      key: null,
    });
    // What is open to everyone and changes something refuses what no page of ours sent.
    const refused = method === 'POST' && (operation as { security?: unknown[] }).security?.length === 0;
    // Without a signature not even the body is looked at.
    const isSigned = path === '/api/v1/leak-scans';
    const needsQuery = (operation.parameters ?? []).some((one) => one.in === 'query' && one.required === true);
    const needsBody = operation.requestBody !== undefined && path !== '/api/v1/auth/oidc/sign-in';
    const isOpen = (operation as { security?: unknown[] }).security?.length === 0;
    const open = isSigned ? 401 : needsBody ? 400 : 403;
    const otherwise = refused ? open : operation.responses['401'] ? 401 : 200;
    const expected = isOpen && needsQuery ? 400 : otherwise;
    expect([method, path, status]).toEqual([method, path, expected]);
  }
});

test('X04 every routed operation is documented, HEAD aside', () => {
  const documented = operations()
    .filter(({ method, path }) => !isDoor(method, path))
    .map(({ method, path }) => `${method} ${path}`);
  const routed = app.routes
    .filter((route) => route.includes(' /api/') && !route.startsWith('HEAD '))
    .map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
  expect(routed.toSorted()).toEqual(documented.toSorted());
});

test('X04 the gateway and the other doors are described beside it', () => {
  for (const { method, path, summary } of DOORS) expect(api.paths[path]?.[method.toLowerCase()]?.summary).toBe(summary);
});

test('every operation says what it does, who may call it, and how it fails', () => {
  const ids = new Set<string>();
  for (const { method, path, operation } of operations().filter((one) => !isDoor(one.method, one.path))) {
    const { summary, description, responses, tags } = operation;
    expect([path, summary?.length]).not.toEqual([path, undefined]);
    expect(description).toMatch(/Open to /);
    expect(api.tags.map(({ name }) => name)).toContain(tags?.[0]);
    ids.add((operation as { operationId?: string }).operationId ?? `${method} ${path}`);
    for (const [, { content }] of Object.entries(responses).filter(([status]) => Number(status) >= 400)) {
      expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
    }
  }
  expect(ids.size).toBe(operations().filter((one) => !isDoor(one.method, one.path)).length);
});

test('every reference leads to a schema, every schema is used, and nothing is left of the generator', () => {
  const text = JSON.stringify(api);
  const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name = '']) => name));
  expect([...used].toSorted()).toEqual(Object.keys(api.components.schemas).toSorted());
  expect(/PLACEHOLDER|"\$schema"|"def-\d|9007199254740991/.exec(text)?.[0]).toBeUndefined();
});

test('the codes that answers use are the codes that are documented', async () => {
  const { body } = await app.call('GET', '/projects', undefined, { key: null });
  expect(Object.keys(DENIALS)).toContain(body.code);
});
