// Lists to choose from hold everything there is: here the server answers with pages of two.

import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
let projectId: string;
let accountId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId, accountId } = await console.newPlace('Many'));
});
afterAll(() => console.close());

const made = async (path: string, body: object): Promise<string> => (await console.send('POST', path, body)).id;
const read = <T>(path: string) => console.send<T>('GET', path);

/** Signed in, with a server that gives two at a time, however many are asked for. */
async function byTwos(): Promise<Page> {
  const { page } = await console.signedIn();
  await page.route(/\/api\/v1\/.*[?&]limit=/, (route) =>
    route.continue({
      url: route
        .request()
        .url()
        .replace(/([?&]limit=)\d+/, '$12'),
    }),
  );
  return page;
}

/** Types a piece of a name into a list, and takes what is found. */
async function find(page: Page, field: Locator, typed: string, name = typed): Promise<void> {
  await field.click();
  await field.pressSequentially(typed);
  await page.locator('.ant-select-item-option').filter({ hasText: name }).click();
}

test('A03 T37 limit templates and groups of every page can be chosen: for a new key, for many, and to filter by', async () => {
  const limits = [{ unit: 'requests', amount: 100, window: { kind: 'lifetime' } }];
  const templates = [];
  for (let at = 0; at < 5; at += 1)
    templates.push(await made(`/accounts/${accountId}/limit-templates`, { name: `template ${at}`, limits }));
  const groups = [];
  for (let at = 0; at < 5; at += 1)
    groups.push(
      await made('/groups', {
        name: `tier ${at}`,
        priceMultiplier: '1',
        opens: { mode: 'all' },
        openTo: { mode: 'all' },
      }),
    );
  const page = await byTwos();
  const found = { template: new Set<string>(), group: new Set<string>() };
  for (const at of [0, 4]) {
    await page.goto(`/projects/${projectId}/keys?create=true`);
    const drawer = page.getByRole('dialog', { name: 'Create a key' });
    await drawer.getByLabel('Name').fill(`worker ${at}`);
    await find(page, drawer.getByLabel('Limit template'), `template ${at}`);
    await find(page, drawer.getByLabel('Group'), `tier ${at}`);
    await drawer.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('dialog', { name: `The value of worker ${at}` }).waitFor();
    const { data } = await read<{ data: { limitTemplateId: string; groupId: string }[] }>(
      `/projects/${projectId}/keys`,
    );
    found.template.add(data[0]!.limitTemplateId);
    found.group.add(data[0]!.groupId);
  }
  expect(found).toEqual({ template: new Set([templates[0], templates[4]]), group: new Set([groups[0], groups[4]]) });

  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('button', { name: 'More filters' }).click();
  for (const at of [0, 4]) {
    await page.getByLabel('Limit template').selectOption({ label: `template ${at}` });
    await page
      .getByRole('row')
      .filter({ hasText: `worker ${at}` })
      .waitFor();
    await page
      .getByRole('row')
      .filter({ hasText: `worker ${4 - at}` })
      .waitFor({ state: 'detached' });
  }
  await page.getByRole('checkbox', { name: 'Choose worker 4' }).check();
  await page.getByRole('button', { name: 'Set limit template' }).click();
  const dialog = page.getByRole('dialog');
  await find(page, dialog.getByLabel('Limit template'), 'template 3');
  await dialog.getByText('will be set').waitFor();
});

test('A18 a key is found among more than are offered, and one that was chosen is named', async () => {
  const ids = [];
  for (let at = 0; at < 5; at += 1)
    ids.push(await made(`/projects/${projectId}/keys`, { name: `caller ${at}`, scope: { mode: 'all' } }));
  const page = await byTwos();
  for (const at of [0, 4]) {
    await page.goto(`/projects/${projectId}/requests`);
    await find(page, page.getByLabel('Key', { exact: true }), `caller ${at}`);
    await expect.poll(() => new URL(page.url()).searchParams.get('keyId')).toBe(ids[at]);
    await page.reload();
    await page
      .locator('.ant-select')
      .filter({ hasText: `caller ${at}` })
      .waitFor();
  }
});

test('T39 everybody of the account can be made a member, and who is one is not offered, on whatever page they stand', async () => {
  const logins = [];
  for (let at = 0; at < 5; at += 1) logins.push(await newLogin(console, { accountId, role: 'member' }));
  const { data: people } = await read<{ data: { userId: string; email: string }[] }>(`/accounts/${accountId}/members`);
  const idOf = (email: string) => people.find((one) => one.email === email)!.userId;
  for (const { email } of logins.slice(1, 4))
    await console.send('PUT', `/projects/${projectId}/members/${idOf(email)}`, { role: 'member' });
  const page = await byTwos();
  await page.goto(`/projects/${projectId}/members`);
  await page.getByRole('button', { name: 'Add somebody of the account' }).click();
  const field = page.getByRole('dialog').getByLabel('Whom');
  await field.click();
  for (const at of [0, 4])
    await page.locator('.ant-select-item-option').filter({ hasText: logins[at]!.email }).waitFor();
  for (const { email } of logins.slice(1, 4))
    expect(await page.locator('.ant-select-item-option').filter({ hasText: email }).count()).toBe(0);
});

test('T39 providers of every page can be chosen for a model, and projects that it is open to', async () => {
  const names = Array.from({ length: 5 }, (_, at) => `upstream ${at}`);
  for (const name of names) {
    const endpoint = { kind: 'openai', baseUrl: 'http://127.0.0.1:9/v1', credential: 'sk-none' };
    await made('/providers', { name, ...endpoint });
    await made('/projects', { name: `of ${name}`, accountId, defaultKey: false });
  }
  const page = await byTwos();
  await page.goto('/platform/models');
  await page.getByRole('button', { name: 'Add a model' }).click();
  for (const name of [names[0]!, names[4]!])
    await find(page, page.getByRole('dialog').getByRole('combobox', { name: 'Provider' }), name);
  for (const name of [names[0]!, names[4]!])
    await find(page, page.getByRole('dialog').getByRole('combobox', { name: 'Open to' }), `of ${name}`);
  const chosen = page
    .getByRole('dialog')
    .locator('.ant-select')
    .filter({ hasText: `of ${names[4]}` });
  await expect.poll(() => chosen.count()).toBe(1);
});
