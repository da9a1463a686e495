// What the keys of a project open, as people see it; models and endpoints, as they look after them.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { LOOKS, newLogin, row, startConsole, type TestConsole } from '../kit/browser.ts';
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
const newProject = (name: string) => make('/projects', { name, accountId });
const newService = (name: string, project: string) =>
  make(`/projects/${project}/services`, { name, providerId: clusterId });

test('V02 Z20 D17 the page of models says what can be called at which price, and its lines work as they are', async () => {
  await make('/groups', { name: 'economy', priceMultiplier: '0.5', openTo: { mode: 'all' } });
  await make('/models', {
    name: 'qwen/qwen3-32b',
    providerId: (await make('/providers', { name: 'vllm', kind: 'openai', baseUrl: upstream.url })).id,
    prices: { inputPerMillion: '0.4', outputPerMillion: '1.2' },
  });
  const key = await console.newKey({}, projectId);
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/models`);
  const qwen = row(page, 'qwen/qwen3-32b');
  await qwen.getByText('1.20', { exact: true }).waitFor();
  expect(await qwen.textContent()).toContain('vllm');
  expect(await qwen.textContent()).not.toContain('Anthropic');
  await page.getByLabel('Prices of which group').click();
  await page.getByTitle('Prices in group economy').click();
  await qwen.getByText('0.60', { exact: true }).waitFor();
  await page.getByLabel('Name of a model').fill('demo');
  await qwen.waitFor({ state: 'hidden' });
  await expect.poll(() => page.url()).toContain('search=demo');

  await page.getByRole('button', { name: 'How to call demo' }).click();
  const drawer = page.getByRole('dialog', { name: 'How to call demo' });
  await drawer.getByText('Anthropic', { exact: true }).waitFor();
  const line = await drawer.locator('pre').textContent();
  const { stdout } = await run('sh', ['-c', `${line} -sS`], { env: { ...process.env, KEYWARD_KEY: key.value } });
  expect(JSON.parse(stdout)).toMatchObject({ object: 'chat.completion', model: 'demo' });
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
  const key = await console.newKey({ scope: { mode: 'range', resources: [{ type: 'endpoint', id }] } }, projectId);
  expect([
    await console.chat(key.value, id),
    await console.chat(key.value, other.id),
    await console.chat(key.value, 'demo'),
  ]).toEqual([200, 404, 404]);

  await page.getByRole('button', { name: 'Delete assistant' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete assistant?' });
  await dialog.getByText(key.name).waitFor();
  await dialog.getByText('1 call in the last 24 hours').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).not.toBe('Delete');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  expect(await console.chat(key.value, id)).toBe(200);
  await page.getByRole('button', { name: 'Delete assistant' }).click();
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await row(page, 'assistant').waitFor({ state: 'hidden' });
  expect(await console.chat(key.value, id)).toBe(404);
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
