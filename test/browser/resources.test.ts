// What the keys of a project open, as people see it and look after it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';
import { startUpstream, answerJson, type FakeUpstream } from '../kit/upstream.ts';

const run = promisify(execFile);
let console: TestConsole;
let upstream: FakeUpstream;
let accountId: string;
let projectId: string;
/** A provider of services, which answer whatever they are asked. */
let clusterId: string;

beforeAll(async () => {
  console = await startConsole({
    KEYWARD_REGION: 'eu-1',
    KEYWARD_REGIONS: 'eu-1=https://eu.example.com,us-1=https://us.example.com',
  });
  upstream = await startUpstream(answerJson({ ok: true }));
  accountId = (await make('/accounts', { name: 'Acme' })).id;
  projectId = (await newProject('Shop')).id;
  clusterId = (await make('/providers', { name: 'cluster', kind: 'http', baseUrl: upstream.url.slice(0, -3) })).id;
});
afterAll(async () => {
  await console.close();
  await upstream.close();
});

const make = (path: string, body: object) => made(console.app, path, body);
const newProject = (name: string) =>
  make('/projects', { name, accountId }).then(({ id, defaultKey }) => ({
    id,
    defaultKey: defaultKey as { value: string },
  }));
const newKey = (scope: object, project = projectId) =>
  make(`/projects/${project}/keys`, { name: `key-${Math.random().toString(36).slice(2, 8)}`, scope });
const newService = (name: string, project = projectId) =>
  make(`/projects/${project}/services`, { name, providerId: clusterId });
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

/** The status of a chat with a model or endpoint. */
async function chat(value: string, model: string): Promise<number> {
  const answer = await fetch(`${console.app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await answer.text();
  return answer.status;
}

/** The status of a call of a service with a key, or with `user:password`. */
async function ask(credential: string, path: string, method = 'GET'): Promise<number> {
  const headers = { authorization: `Bearer ${credential}` };
  const answer = await fetch(`${console.app.url}/services/${path}`, { method, headers });
  await answer.text();
  return answer.status;
}

/** Runs what a page shows to be pasted into a shell. */
const paste = async (text: string | null, env: Record<string, string>) =>
  (await run('sh', ['-c', `${text} -sS`], { env: { ...process.env, ...env } })).stdout;

test('V02 Z20 D17 the page of models says what can be called at which price, and its lines work as they are', async () => {
  await make('/groups', { name: 'economy', priceMultiplier: '0.5', openTo: { mode: 'all' } });
  await make('/models', {
    name: 'qwen/qwen3-32b',
    providerId: (await make('/providers', { name: 'vllm', kind: 'openai', baseUrl: upstream.url })).id,
    prices: { inputPerMillion: '0.4', outputPerMillion: '1.2' },
  });
  const key = await newKey({ mode: 'all' });
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/models`);
  const qwen = row(page, 'qwen/qwen3-32b');
  await qwen.getByText('1.2', { exact: true }).waitFor();
  expect(await qwen.textContent()).toContain('vllm');
  expect(await qwen.textContent()).not.toContain('Anthropic');
  await page.getByLabel('Prices of which group').click();
  await page.getByTitle('Prices in group economy').click();
  await qwen.getByText('0.6', { exact: true }).waitFor();
  await page.getByLabel('Name of a model').fill('demo');
  await qwen.waitFor({ state: 'hidden' });
  expect(page.url()).toContain('search=demo');

  await page.getByRole('button', { name: 'How to call demo' }).click();
  const drawer = page.getByRole('dialog', { name: 'How to call demo' });
  await drawer.getByText('Anthropic', { exact: true }).waitFor();
  const said = JSON.parse(await paste(await drawer.locator('pre').textContent(), { KEYWARD_KEY: key.value })) as object;
  expect(said).toMatchObject({ object: 'chat.completion', model: 'demo' });
  expect(faults).toEqual([]);
});

test('T19 D19 the regions and their addresses are shown where there is more than one', async () => {
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/models`);
  const regions = page.getByRole('table', { name: 'Where to call' });
  await regions.getByText('https://us.example.com/v1').waitFor();
  expect(await regions.getByRole('row').filter({ hasText: 'eu-1' }).textContent()).toContain('This one');
});

test('V09 a key of an endpoint made here opens it and not its model; deleting it shows which keys lose it', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/endpoints`);
  await page.getByText('and not the model behind it by its name').waitFor();
  await page.getByRole('button', { name: 'Create endpoint' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create endpoint' });
  await drawer.getByLabel('Endpoint').fill('assistant');
  await drawer.getByLabel('Leads to').click();
  await page.getByTitle('demo', { exact: true }).click();
  await drawer.getByLabel('Longest answer, tokens').fill('1024');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await row(page, 'assistant').waitFor();
  const { body } = await console.app.api<{ data: { id: string; maxOutputTokens: number }[] }>(
    'GET',
    `/projects/${projectId}/endpoints`,
  );
  const [endpoint] = body.data;
  expect(endpoint).toMatchObject({ name: 'assistant', maxOutputTokens: 1024 });
  const { id } = endpoint ?? { id: '' };
  expect(id).toMatch(/^ep-/);

  const other = await make(`/projects/${projectId}/endpoints`, { name: 'other', modelId: 'demo' });
  const key = await newKey({ mode: 'range', resources: [{ type: 'endpoint', id }] });
  expect([await chat(key.value, id), await chat(key.value, other.id), await chat(key.value, 'demo')]).toEqual([
    200, 404, 404,
  ]);

  await page.getByRole('button', { name: 'Delete assistant' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete assistant?' });
  await dialog.getByText(String(key['name'])).waitFor();
  await dialog.getByText('1 call in the last 24 hours').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).not.toBe('Delete');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  expect(await chat(key.value, id)).toBe(200);
  await page.getByRole('button', { name: 'Delete assistant' }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await row(page, 'assistant').waitFor({ state: 'hidden' });
  expect(await chat(key.value, id)).toBe(404);
  expect(faults).toEqual([]);
});

test('an endpoint that is edited keeps its id, and what the server refuses stands at its field', async () => {
  await make('/models', { name: 'short', providerId: await demoProvider(), maxOutputTokens: 100 });
  const endpoint = await make(`/projects/${projectId}/endpoints`, { name: 'moves', modelId: 'demo' });
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/endpoints`);
  await page.getByRole('button', { name: 'Edit moves' }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit moves' });
  await drawer.getByLabel('Leads to').click();
  await page.getByTitle('short', { exact: true }).click();
  await drawer.getByLabel('Longest answer, tokens').fill('101');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.getByText('The model writes 100 tokens at most.').waitFor();
  await drawer.getByLabel('Longest answer, tokens').fill('');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.waitFor({ state: 'hidden' });
  await row(page, 'moves').getByText('short').waitFor();
  const { body } = await console.app.api('GET', `/endpoints/${endpoint.id}`);
  expect(body).toMatchObject({ name: 'moves', maxOutputTokens: null, providerId: null });
});

test('V02 V04 Z03 Z12 a service put behind a project opens to its default key at once, and to no key of another', async () => {
  const shop = await newProject('Search');
  const elsewhere = await newProject('Elsewhere');
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${shop.id}/services`);
  await page.getByRole('button', { name: 'Create service' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create service' });
  await drawer.getByLabel('Name').fill('Vectors!');
  await drawer.getByLabel('Leads to').click();
  await page.getByTitle('cluster', { exact: true }).click();
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.getByText('it stands in addresses').waitFor();
  await drawer.getByLabel('Name').fill('vectors');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name: 'vectors' }).waitFor();
  expect(await ask(shop.defaultKey.value, 'vectors/collections')).toBe(200);
  expect(await ask(shop.defaultKey.value, 'vectors/collections', 'POST')).toBe(200);
  expect(await ask(elsewhere.defaultKey.value, 'vectors/collections')).toBe(403);
  expect(await paste(await page.locator('pre').first().textContent(), { KEYWARD_KEY: shop.defaultKey.value })).toBe(
    '{"ok":true}',
  );
  await page.reload();
  await page.getByRole('heading', { name: 'vectors' }).waitFor();
  await page.getByText('nginx', { exact: true }).click();
  await page.getByText(`proxy_pass ${console.app.url}/authz/nginx/vectors;`).waitFor();

  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete vectors?' });
  await dialog.getByText('3 calls in the last 24 hours').waitFor();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('heading', { name: 'Services' }).waitFor();
  expect(await ask(shop.defaultKey.value, 'vectors/collections')).toBe(403);
  expect(faults).toEqual([]);
});

test('Z07 Z08 Z09 Z10 a user of one service is made on its page, held to its paths and role, and its password shown once', async () => {
  const [first, second] = [await newService('cluster-1'), await newService('cluster-2')];
  const key = await newKey({ mode: 'all' });
  const { page, faults } = await console.signedIn({}, await newLogin(console, { projectId, role: 'admin' }));
  await page.goto(`/projects/${projectId}/services/${first.id}`);
  await page.getByRole('button', { name: 'Create user' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create user' });
  await drawer.getByLabel('User name').fill('reporting');
  await drawer.getByLabel('Paths').fill('collections/sales');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.locator('.ant-form-item-explain-error').waitFor();
  await drawer.getByLabel('Paths').fill('/collections/sales/**');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();

  const once = page.getByRole('dialog', { name: 'The password of reporting' });
  const password = await once.getByLabel('Copy the password').first().inputValue();
  expect(await once.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true);
  await once.getByText('Token', { exact: true }).click();
  const token = (await once.locator('pre').textContent()) ?? '';
  expect(token).toBe(`reporting:${password}`);
  await once.getByLabel('I have saved it').check();
  await once.getByRole('button', { name: 'Done' }).click();
  await row(page, 'reporting').waitFor();
  expect(await page.content()).not.toContain(password);
  expect(
    await page.evaluate<string>('JSON.stringify([{...localStorage}, history.state, location.href])'),
  ).not.toContain(password);

  expect(await ask(token, 'cluster-1/collections/sales/points')).toBe(200);
  expect(await ask(token, 'cluster-1/collections/other')).toBe(403);
  expect(await ask(token, 'cluster-1/collections/sales/points', 'POST')).toBe(403);
  expect(await ask(token, 'cluster-2/collections/sales/points')).toBe(401);
  expect([await ask(key.value, 'cluster-1/x'), await ask(key.value, 'cluster-2/x')]).toEqual([200, 200]);
  expect(second.id).not.toBe(first.id);
  expect(faults).toEqual([]);
});

test('Z09 a user is edited, disabled and enabled, given a new password and deleted, each from the next request on', async () => {
  const service = await newService('cluster-3');
  const user = await make(`/services/${service.id}/users`, { username: 'loader', role: 'read-only' });
  const token = `loader:${String(user['password'])}`;
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/services/${service.id}`);
  await page.getByRole('button', { name: 'Edit loader' }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit loader' });
  expect(await drawer.getByLabel('User name').count()).toBe(0);
  expect(await ask(token, 'cluster-3/x', 'POST')).toBe(403);
  await drawer.getByLabel('Read and write: also').check();
  await drawer.getByRole('button', { name: 'Save' }).click();
  await row(page, 'loader').getByText('Read and write').waitFor();
  expect(await ask(token, 'cluster-3/x', 'POST')).toBe(200);

  await row(page, 'loader').getByRole('switch').click();
  await row(page, 'loader').getByText('Disabled').waitFor();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  expect(await ask(token, 'cluster-3/x')).toBe(401);
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, 'loader').getByText('Active').waitFor();
  await expect.poll(() => ask(token, 'cluster-3/x')).toBe(200);

  await page.getByRole('button', { name: 'New password for loader' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'New password' }).click();
  const once = page.getByRole('dialog', { name: 'The password of loader' });
  const password = await once.getByLabel('Copy the password').first().inputValue();
  expect([await ask(token, 'cluster-3/x'), await ask(`loader:${password}`, 'cluster-3/x')]).toEqual([401, 200]);
  await once.getByLabel('I have saved it').check();
  await once.getByRole('button', { name: 'Done' }).click();

  await page.getByRole('button', { name: 'Delete loader' }).click();
  const dialog = page.getByRole('dialog').filter({ hasText: 'Delete loader?' });
  expect(await page.evaluate<string>('document.activeElement.textContent')).not.toBe('Delete');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('No users yet.').waitFor();
  expect(await ask(`loader:${password}`, 'cluster-3/x')).toBe(401);
});

test('Z10 Z19 members see what a project opens and change none of it; its admins leave services to the operator', async () => {
  const project = await newProject('Seen');
  await make(`/projects/${project.id}/endpoints`, { name: 'steady', modelId: 'demo' });
  const service = await newService('seen-by-all', project.id);
  await make(`/services/${service.id}/users`, { username: 'reader', role: 'read-only' });
  for (const role of ['member', 'admin'] as const) {
    const { page } = await console.signedIn({}, await newLogin(console, { projectId: project.id, role }));
    const may = role === 'admin' ? 1 : 0;
    await page.goto(`/projects/${project.id}/endpoints`);
    await row(page, 'steady').waitFor();
    for (const name of ['Create endpoint', 'Edit steady', 'Delete steady'])
      expect(await page.getByRole('button', { name }).count(), `${role}: ${name}`).toBe(may);
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await row(page, 'seen-by-all').waitFor();
    expect(await page.getByRole('button', { name: 'Create service' }).count()).toBe(0);
    await page.getByRole('link', { name: 'seen-by-all' }).click();
    await row(page, 'reader').waitFor();
    for (const name of ['Create user', 'Edit reader', 'New password for reader', 'Delete reader'])
      expect(await page.getByRole('button', { name }).count(), `${role}: ${name}`).toBe(may);
    expect(await page.getByRole('button', { name: 'Delete', exact: true }).count()).toBe(0);
    await page.getByRole('link', { name: 'Models', exact: true }).click();
    await page.getByRole('button', { name: 'How to call demo' }).waitFor();
  }
});

test('T25 V07 the picker of a key has models, endpoints and services side by side', async () => {
  const endpoint = await make(`/projects/${projectId}/endpoints`, { name: 'picked-endpoint', modelId: 'demo' });
  await newService('picked-service');
  await newService('left-service');
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name').fill('picked-two');
  await drawer.getByText('Chosen', { exact: true }).click();
  const there = drawer.locator('.ant-transfer-section').first();
  await there.getByText('picked-endpoint').click();
  await there.getByText('picked-service', { exact: true }).click();
  await drawer.getByRole('button', { name: 'Choose' }).click();
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  const once = page.getByRole('dialog', { name: 'The value of picked-two' });
  const value = await once.getByLabel('Copy the key').first().inputValue();
  expect([await chat(value, endpoint.id), await chat(value, 'demo')]).toEqual([200, 404]);
  expect([await ask(value, 'picked-service/x'), await ask(value, 'left-service/x')]).toEqual([200, 403]);
});

test.each(LOOKS)(
  'T39 models, endpoints and services, full and empty, $locale, $colorScheme, $viewport.width wide',
  { timeout: 180_000 },
  async (look) => {
    const tag = look.locale.toLowerCase();
    const full = await newProject('Full');
    const empty = await newProject('Empty');
    await make(`/projects/${full.id}/endpoints`, { name: 'shop-assistant', modelId: 'demo', maxOutputTokens: 1024 });
    const service = await newService(`cluster-${tag}`, full.id);
    await make(`/services/${service.id}/users`, {
      username: 'reporting',
      role: 'read-only',
      paths: ['/collections/sales/**'],
      description: 'Dashboards of the sales team',
    });
    const bare = await newService(`bare-${tag}`, empty.id);
    const { page, faults } = await console.signedIn(look);
    for (const [name, path] of [
      ['models', `${full.id}/models`],
      ['models-none', `${full.id}/models?search=nothing`],
      ['endpoints', `${full.id}/endpoints`],
      ['endpoints-none', `${empty.id}/endpoints`],
      ['services', `${full.id}/services`],
      ['service', `${full.id}/services/${service.id}`],
      ['service-bare', `${empty.id}/services/${bare.id}`],
      ['service-missing', `${empty.id}/services/svc_nothing`],
    ] as const) {
      await page.goto(`/projects/${path}`);
      expect(await console.look(page, name), name).toEqual([]);
    }
    await page.goto(`/projects/${full.id}/endpoints`);
    await page.locator('main table button').nth(1).click();
    await page.locator('.ant-drawer-open pre').waitFor();
    expect(await console.look(page, 'endpoint-try')).toEqual([]);
    await page.goto(`/projects/${full.id}/endpoints`);
    await page.locator('main button.ant-btn-primary').click();
    await page.locator('.ant-drawer-open form').waitFor();
    expect(await console.look(page, 'endpoint-form')).toEqual([]);
    await page.goto(`/projects/${full.id}/services/${service.id}`);
    await page.locator('section button.ant-btn-primary').click();
    await page.locator('.ant-drawer-open form').waitFor();
    expect(await console.look(page, 'user-form')).toEqual([]);
    expect(faults).toEqual([]);
  },
);

/** The provider of the model built in. */
async function demoProvider(): Promise<string> {
  const { body } = await console.app.api<{ data: { id: string; kind: string }[] }>('GET', '/providers');
  return body.data.find(({ kind }) => kind === 'demo')?.id ?? '';
}
