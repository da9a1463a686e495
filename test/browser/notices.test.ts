// Notices and webhooks, as people meet them.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
/** What takes messages: answers with `status` and keeps them. */
let receiver: Server;
let url: string;
let status = 200;
const taken: { type: string; headers: Record<string, unknown> }[] = [];

beforeAll(async () => {
  console = await startConsole({ KEYWARD_WEBHOOK_PRIVATE_ADDRESSES: 'yes' });
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      taken.push({ type: (JSON.parse(body) as { type: string }).type, headers: request.headers });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
});
afterAll(async () => {
  await console.close();
  receiver.close();
});

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

/** A key with a budget of two calls, both of them used, and what that made known. */
async function spent(projectId: string, name: string) {
  const key = await console.send<{ id: string; value: string }>('POST', `/projects/${projectId}/keys`, {
    name,
    scope: { mode: 'all' },
    limits: [{ unit: 'requests', amount: 2, window: { kind: 'lifetime' } }],
  });
  for (let calls = 0; calls < 2; calls += 1) {
    const answer = await fetch(`${console.app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hi' }] }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
  }
  await expect
    .poll(async () => (await console.send<{ data: object[] }>('GET', `/notices?keyId=${key.id}`)).data.length, {
      timeout: 15_000,
    })
    .toBeGreaterThanOrEqual(2);
  return key;
}

test('A15 a key’s budget says so at its thresholds, with what to do and the way to the key, and by webhook', async () => {
  const { accountId, projectId } = await console.newPlace('Budget');
  const webhook = await console.send('POST', `/accounts/${accountId}/webhooks`, { url, events: ['limit.reached'] });
  const key = await spent(projectId, 'shop-budget');
  const member = await newLogin(console, { projectId, role: 'member' });
  const { page, faults } = await console.signedIn({}, member);
  await page.goto(`/projects/${projectId}/keys`);
  // What came since one last looked stands beside the way to it, and goes with the look.
  const way = page.getByRole('navigation').getByRole('link', { name: /^Notices/ });
  await page.getByRole('navigation').getByRole('link', { name: 'Notices 3 new', exact: true }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Notices', exact: true }).waitFor();
  expect(await way.count()).toBe(1);
  await row(page, '100 % reached: 2 of 2').getByText('Urgent').waitFor();
  await row(page, '50 % reached: 1 of 2').getByText('To know').waitFor();
  await page.getByRole('combobox', { name: 'Every kind' }).selectOption('key.leaked');
  await page.getByText('No notice of this kind.').waitFor();
  await expect.poll(() => page.url()).toContain('kind=key.leaked');
  await page.getByRole('combobox', { name: 'Every kind' }).selectOption('limit.reached');
  await row(page, '100 % reached').getByRole('link', { name: 'shop-budget' }).click();
  await page.getByRole('heading', { name: 'shop-budget' }).waitFor();
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/keys/${key.id}`);
  // Of webhooks and the account's notices a member sees nothing.
  expect(await page.getByRole('link', { name: 'Notices and webhooks' }).count()).toBe(0);

  const admin = await newLogin(console, { accountId, role: 'admin' });
  const { page: theirs } = await console.signedIn({}, admin);
  const waiting = async () =>
    (await console.send<{ data: { status: string }[] }>('GET', `/webhooks/${webhook.id}/deliveries`)).data.filter(
      (one) => one.status !== 'delivered',
    ).length;
  await expect.poll(() => taken.filter(({ type }) => type === 'limit.reached').length).toBeGreaterThanOrEqual(2);
  await expect.poll(waiting).toBe(0);
  await theirs.goto(`/accounts/${accountId}/webhooks/${webhook.id}`);
  await row(theirs, 'Limit reached').last().getByText('Delivered').waitFor();
  await row(theirs, 'Limit reached').last().getByText('Answered 200').waitFor();
  expect(faults).toEqual([]);
});

test('A15 X03 a webhook is made with its secret shown once, tested, paused and resumed, given a new secret, deleted', async () => {
  const { accountId } = await console.newPlace('Hooks');
  const admin = await newLogin(console, { accountId, role: 'admin' });
  const { page, faults } = await console.signedIn({}, admin);
  await page.goto(`/accounts/${accountId}/notices`);
  await page.getByRole('tab', { name: 'Webhooks' }).click();
  await page.getByText('No webhooks yet.').waitFor();
  await expect.poll(() => page.url()).toContain('tab=webhooks');
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  const form = page.getByRole('dialog', { name: 'Add a webhook' });
  await form.getByLabel('Address', { exact: true }).fill('ftp://example.com');
  await form.getByLabel('Only these kinds').check();
  await form.getByRole('button', { name: 'Create' }).click();
  await form.getByText('Choose at least one kind.').waitFor();
  await form.getByLabel('Key leaked').check();
  await form.getByRole('button', { name: 'Create' }).click();
  await form.getByText('This must be an https or http address').waitFor();
  await form.getByLabel('Address', { exact: true }).fill(url);
  await form.getByRole('button', { name: 'Create' }).click();

  const dialog = page.getByRole('dialog', { name: 'The signing secret' });
  const first = await dialog.getByRole('textbox', { name: 'Copy the secret' }).inputValue();
  expect(first).toMatch(/^whsec_/);
  await dialog.getByLabel('I have saved it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('heading', { name: url }).waitFor();
  expect(await page.content()).not.toContain(first);
  const read = async () => (await console.send<{ data: object[] }>('GET', `/accounts/${accountId}/webhooks`)).data;
  expect(await read()).toMatchObject([{ url, events: ['key.leaked'], status: 'active' }]);

  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('The receiver took the test.').waitFor();
  await row(page, 'Test').getByText('Delivered').waitFor();
  expect(taken.at(-1)?.type).toBe('webhook.test');

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('It is paused: what waits is sent').waitFor();
  expect(await read()).toMatchObject([{ status: 'paused' }]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  expect(await read()).toMatchObject([{ status: 'active' }]);

  await page.getByRole('button', { name: 'New secret' }).click();
  const question = page.getByRole('dialog').filter({ hasText: 'Give this webhook a new secret?' });
  await question.getByRole('button', { name: 'New secret' }).click();
  const second = await dialog.getByRole('textbox', { name: 'Copy the secret' }).inputValue();
  expect(second).toMatch(/^whsec_/);
  expect(second).not.toBe(first);
  await dialog.getByLabel('I have saved it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Signed under both secrets until').waitFor();
  // A third would end the first, which receivers may still have.
  await page.getByRole('button', { name: 'New secret' }).click();
  await question.getByText('The older of them ends at once').waitFor();
  await question.getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: 'Delete' }).click();
  const deletion = page.getByRole('dialog').filter({ hasText: 'Delete this webhook?' });
  await deletion.getByRole('button', { name: 'Delete' }).waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Cancel');
  await deletion.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No webhooks yet.').waitFor();
  expect(await read()).toEqual([]);
  expect(faults).toEqual([]);
});

test('T39 what notices know is said in Chinese too', async () => {
  const { projectId } = await console.newPlace('Leaky');
  const key = await console.newKey({ name: 'leaky' }, projectId);
  await console.send('POST', `/keys/${key.id}/leak-reports`, {});
  const { page } = await console.signedIn({ locale: 'zh-CN', viewport: { width: 390, height: 844 } });
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('button', { name: '页面（有新通知）' }).click();
  await page.getByRole('link', { name: '通知 1 条新通知' }).click();
  await row(page, 'leaky').getByText('该 Key 被报告泄露，已禁用。').waitFor();
  await page.getByRole('button', { name: '页面', exact: true }).waitFor();
  expect(await page.locator('main [lang=en]').count()).toBe(0);
});

test('a test that is not taken says what the receiver answered', async () => {
  const { accountId } = await console.newPlace('Broken');
  const { id } = await console.send('POST', `/accounts/${accountId}/webhooks`, { url });
  const { page } = await console.signedIn();
  await page.goto(`/accounts/${accountId}/webhooks/${id}`);
  status = 503;
  await page.getByRole('button', { name: 'Send a test' }).click();
  const answer = page.getByRole('alert').filter({ hasText: 'The receiver did not take the test.' });
  await answer.waitFor();
  status = 200;
  expect(await answer.textContent()).toContain('Answered 503');
});

test.each(LOOKS)(
  'T39 notices and webhooks, $locale, $colorScheme, $viewport.width wide',
  { timeout: 180_000 },
  async (look) => {
    const { accountId, projectId } = await console.newPlace('Looked');
    const { page, faults } = await console.signedIn(look);
    await page.goto(`/accounts/${accountId}/notices`);
    expect(await console.look(page, 'notices-empty')).toEqual([]);
    await page.goto(`/accounts/${accountId}/notices?tab=webhooks`);
    expect(await console.look(page, 'webhooks-empty')).toEqual([]);
    const webhook = await console.send('POST', `/accounts/${accountId}/webhooks`, { url });
    await console.send('POST', `/accounts/${accountId}/webhooks`, {
      url: 'https://example.com/a-very-long-path/that-goes-on-and-on/hooks/keyward/notices-of-the-account',
      events: ['key.leaked', 'key.expiry', 'webhook.paused'],
    });
    await spent(projectId, 'looked-at');
    await console.send('POST', `/webhooks/${webhook.id}/test`);
    for (const [name, path] of [
      ['notices', `/accounts/${accountId}/notices`],
      ['webhooks', `/accounts/${accountId}/notices?tab=webhooks`],
      ['webhook', `/accounts/${accountId}/webhooks/${webhook.id}`],
    ] as const) {
      await page.goto(path);
      expect(await console.look(page, name), name).toEqual([]);
    }
    expect(faults).toEqual([]);
  },
);
