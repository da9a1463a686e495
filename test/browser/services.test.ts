// Services that are put behind a project, as people look after them, and who may call them from then on.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { newLogin, row, startConsole, type TestConsole } from '../kit/browser.ts';
import { startUpstream, answerJson, type FakeUpstream } from '../kit/upstream.ts';

const run = promisify(execFile);
let console: TestConsole;
let upstream: FakeUpstream;
let projectId: string;
/** A provider of services, which answer whatever they are asked. */
let clusterId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId } = console);
  upstream = await startUpstream(answerJson({ ok: true }));
  clusterId = (await make('/providers', { name: 'cluster', kind: 'http', baseUrl: upstream.url.slice(0, -3) })).id;
});
afterAll(async () => {
  await console.close();
  await upstream.close();
});

const make = (path: string, body: object) => made(console.app, path, body);
const newProject = (name: string) =>
  console.send<{ id: string; defaultKey: { value: string } }>('POST', '/projects', {
    name,
    accountId: console.accountId,
  });
const newService = (name: string) => make(`/projects/${projectId}/services`, { name, providerId: clusterId });

/** The status of a call of a service with a key, or with `user:password`. */
async function ask(credential: string, path: string, method = 'GET'): Promise<number> {
  const headers = { authorization: `Bearer ${credential}` };
  const answer = await fetch(`${console.app.url}/services/${path}`, { method, headers });
  await answer.text();
  return answer.status;
}

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
  const line = await page.locator('pre').first().textContent();
  const { stdout } = await run('sh', ['-c', `${line} -sS`], {
    env: { ...process.env, KEYWARD_KEY: shop.defaultKey.value },
  });
  expect(stdout).toBe('{"ok":true}');
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
  const key = await console.newKey();
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
  expect([await console.chat(value, endpoint.id), await console.chat(value, 'demo')]).toEqual([200, 404]);
  expect([await ask(value, 'picked-service/x'), await ask(value, 'left-service/x')]).toEqual([200, 403]);
});
