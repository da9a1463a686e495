import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made, makeSetting, startTestApp, type Setting, type TestApp } from '../kit/app.ts';
import { startUpstream, type FakeUpstream } from '../kit/upstream.ts';

// One key from its creation to its end, through the API alone, as a person would manage it on one page.

const PUBLIC_URL = 'https://sh-02.example.com';
let app: TestApp;
let local: TestApp;
let upstream: FakeUpstream;
let setting: Setting;

beforeAll(async () => {
  upstream = await startUpstream();
  local = await startTestApp();
  app = await startTestApp({ env: { KEYWARD_PUBLIC_URL: `${PUBLIC_URL}/` } });
  setting = await makeSetting(local, upstream.url);
});
afterAll(async () => {
  await app.remove();
  await local.remove();
  await upstream.close();
});

async function call(key: string, model = setting.model): Promise<number> {
  const response = await fetch(`${local.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [] }),
  });
  await response.arrayBuffer();
  return response.status;
}

test('D19 the base URL is the operator’s to set, and is what people are shown', async () => {
  expect(app.url).toBe(PUBLIC_URL);
});

test('T02 T03 T09 one key is created, scoped, described, edited, disabled, enabled and deleted', async () => {
  const scope = { mode: 'range', resources: [{ type: 'model', id: setting.modelId }] };
  const key = await made(local, `/projects/${setting.projectId}/keys`, { name: 'life', description: 'first', scope });
  expect(await call(key.value)).toBe(200);
  expect((await local.api('GET', `/keys/${key.id}`)).body).toMatchObject({ description: 'first', scope });
  expect((await local.api('PATCH', `/keys/${key.id}`, { description: 'second' })).body).toMatchObject({
    description: 'second',
    scope,
  });
  await local.api('POST', `/keys/${key.id}/disable`);
  expect(await call(key.value)).toBe(401);
  await local.api('POST', `/keys/${key.id}/enable`);
  expect(await call(key.value)).toBe(200);
  const { body: asked } = await local.api<{ confirm: string }>('DELETE', `/keys/${key.id}`);
  expect(await call(key.value)).toBe(200);
  expect((await local.api('DELETE', `/keys/${key.id}?confirm=${encodeURIComponent(asked.confirm)}`)).status).toBe(204);
  expect(await call(key.value)).toBe(401);
});

test('T30 what is not confirmed, or not right, changes nothing', async () => {
  const before = (await local.api('GET', `/keys/${setting.keyId}`)).body;
  expect((await local.api('DELETE', `/keys/${setting.keyId}`)).status).toBe(428);
  expect((await local.api('PATCH', `/keys/${setting.keyId}`, { description: 'x', ipAllow: ['nowhere'] })).status).toBe(
    400,
  );
  expect((await local.api('GET', `/keys/${setting.keyId}`)).body).toEqual(before);
});

test('T35 T34 the guide advises the least a key needs, and a key for each application and environment', async () => {
  const guide = await readFile(new URL('../../docs/guide/keys.md', import.meta.url), 'utf8');
  expect(guide).toContain('Give each key the least it needs');
  expect(guide).toMatch(/One\s+key\s+per\s+application\s+and\s+environment/);
});
