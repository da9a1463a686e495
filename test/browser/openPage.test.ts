// A page that is open while something ends: its key, its account's right to change things, or the presence of whoever looks.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLogin, row, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

test('V22 a key that is deleted while its page is open is not shown as one that works', async () => {
  const key = await console.newKey({ name: 'soon-gone' });
  const { page } = await console.signedIn();
  await page.clock.install();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('heading', { name: 'soon-gone' }).waitFor();
  const { confirm } = await console.app
    .api<{ confirm: string }>('DELETE', `/keys/${key.id}`)
    .then((answer) => answer.body);
  await console.send('DELETE', `/keys/${key.id}?confirm=${encodeURIComponent(confirm)}`);
  await page.clock.fastForward(20_000);
  await page.getByRole('heading', { name: 'soon-gone' }).waitFor({ state: 'hidden' });
  expect(await page.getByRole('switch').count()).toBe(0);
  await page
    .getByText(/There is no|not found/i)
    .first()
    .waitFor();
});

test('T16 V17 a form that is open while somebody else narrows the key sets back nothing of that', async () => {
  const key = await console.newKey({ name: 'narrowed' });
  const { page } = await console.signedIn();
  await page.clock.install();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit narrowed' });
  await drawer.getByLabel('Description').fill('said here');
  await console.send('PATCH', `/keys/${key.id}`, { ipAllow: ['192.0.2.0/24'], environment: 'prod' });
  await page.clock.fastForward(20_000);
  // The page behind it has read what is so now.
  await page.getByText('192.0.2.0/24').first().waitFor({ state: 'attached' });
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.waitFor({ state: 'detached' });
  expect(await console.send('GET', `/keys/${key.id}`)).toMatchObject({
    description: 'said here',
    ipAllow: ['192.0.2.0/24'],
    environment: 'prod',
  });
});

test('X04 in a suspended account every page says why nothing can be changed, and offers no change', async () => {
  const { accountId, projectId } = await console.newPlace('Late Payers');
  await console.newKey({ name: 'shut' }, projectId);
  const owner = await newLogin(console, { accountId, role: 'owner' });
  await console.send('PATCH', `/accounts/${accountId}`, { status: 'suspended' });
  const { page } = await console.signedIn({}, owner);
  for (const path of ['keys', 'usage', 'members', 'settings']) {
    await page.goto(`/projects/${projectId}/${path}`);
    await page.getByText('The account Late Payers is suspended').waitFor();
  }
  await page.goto(`/projects/${projectId}/keys`);
  await row(page, 'shut').getByText('Active').waitFor();
  expect(await page.getByRole('switch').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Create key' }).count()).toBe(0);
  expect(await console.look(page, 'keys-suspended')).toEqual([]);
});

test('a page that was left open asks for nothing more, so that its session ends by itself; with whoever comes back it goes on', async () => {
  const key = await console.newKey({ name: 'left-open' });
  const { page } = await console.signedIn();
  await page.clock.install();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('heading', { name: 'left-open' }).waitFor();
  let asked = 0;
  page.on('request', () => {
    asked += 1;
  });
  await page.clock.fastForward(16_000);
  await expect.poll(() => asked).toBeGreaterThan(0);
  await page.clock.runFor(6 * 60_000);
  asked = 0;
  await page.clock.runFor(10 * 60_000);
  expect(asked).toBe(0);
  await page.mouse.move(200, 200);
  await expect.poll(() => asked).toBeGreaterThan(0);
});
