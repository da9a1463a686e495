// The audit log as a person reads it, and the tabs of a key that tell of its past, in a real browser.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
let projectId: string;
let accountId: string;
let key: { id: string; value: string };

beforeAll(async () => {
  console = await startConsole();
  ({ projectId, accountId } = console);
  const made = await console.app.api<typeof key>('POST', `/projects/${projectId}/keys`, {
    name: 'watched',
    scope: { mode: 'all' },
    description: 'first',
  });
  key = made.body;
  await console.app.api('PATCH', `/keys/${key.id}`, { description: 'second', ipAllow: ['10.0.0.0/24'] });
  await console.app.api('POST', `/keys/${key.id}/disable`);
  await console.app.api('POST', `/keys/${key.id}/enable`);
  await console.app.api('PATCH', `/keys/${key.id}`, { ipAllow: [] });
});
afterAll(() => console.close());

const row = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text });
const audit = (search = '') => `/projects/${projectId}/audit${search}`;

test('X02 who changed what, when and from where, and what it was before, without a secret', async () => {
  const { page, faults } = await console.signedIn();
  await page.getByRole('link', { name: 'Audit', exact: true }).click();
  await row(page, 'Create key').filter({ hasText: 'watched' }).waitFor();
  await row(page, 'Disable key').waitFor();
  await row(page, /Change key.*first → second/)
    .getByText('watched')
    .click();
  const details = page.getByRole('dialog', { name: 'Change key' });
  const field = details.getByRole('row').filter({ hasText: 'description' });
  expect(await field.locator('del').textContent()).toBe('first');
  expect(await field.locator('ins').textContent()).toBe('second');
  await details.getByText('127.0.0.1').waitFor();
  await details.getByText('root key').waitFor();
  await details.getByRole('button', { name: 'All on this' }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get('objectId')).toBe(key.id);
  await expect.poll(() => row(page, 'watched').count()).toBe(5);
  expect(await page.content()).not.toContain(key.value);
  expect(faults).toEqual([]);
});

test('X02 a refused attempt is listed with its reason, and found by how it ended and by what was done', async () => {
  const member = await newLogin(console, { projectId, role: 'member' });
  const { page: theirs } = await console.signedIn({}, member);
  const refused = await theirs.evaluate<number>(
    `fetch('/api/v1/projects/${projectId}', { method: 'PATCH', headers: { 'content-type': 'application/json',
      'x-keyward-csrf': '1' }, body: '{"name":"Mine"}' }).then(({ status }) => status)`,
  );
  expect(refused).toBe(403);
  const { page } = await console.signedIn();
  await page.goto(audit());
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption({ label: 'refused' });
  await row(page, 'Change project').getByText('forbidden').waitFor();
  await expect.poll(() => row(page, 'watched').count()).toBe(0);
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption({ label: 'done' });
  await page.getByRole('combobox', { name: 'What', exact: true }).selectOption({ label: 'Disable key' });
  await expect.poll(() => row(page, 'watched').count()).toBe(1);
  await expect.poll(() => new URL(page.url()).searchParams.get('operation')).toBe('disableKey');
});

test('X02 the export has what is listed; the operator proves that the log is whole', async () => {
  const { page } = await console.signedIn();
  await page.goto(audit(`?objectId=${key.id}`));
  await row(page, 'Disable key').waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export CSV' }).click();
  const lines = (await readFile(await (await downloading).path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(6);
  expect(lines.filter((line) => line.includes('disableKey'))).toHaveLength(1);
  await page.getByRole('button', { name: 'Verify the log' }).click();
  await page.getByText('The log is whole').waitFor();
  const { body } = await console.app.api<{ head: { hash: string } }>('GET', '/audit-events/verify');
  expect(body.head.hash).toMatch(/^\S{20,}$/);
});

test('X02 a changed limit is named by what it counts, over what time and on what, in the language that is spoken', async () => {
  const { body: limit } = await console.app.api<{ id: string }>('POST', `/keys/${key.id}/limits`, {
    unit: 'cost',
    amount: '5',
    window: { kind: 'rolling', seconds: 18_000 },
  });
  await console.app.api('PATCH', `/limits/${limit.id}`, { amount: '7.5' });
  const { page, faults } = await console.signedIn();
  await page.goto(audit(`?objectId=${limit.id}`));
  const changed = row(page, 'Change limit');
  await changed.getByText('Cost · any 5 hours limit on key watched').waitFor();
  await changed.getByText('amount: 5 → 7.5', { exact: true }).waitFor();
  await row(page, 'Create key limit').getByText('Cost · any 5 hours limit on key watched').waitFor();
  expect(await page.locator('main table').textContent()).not.toContain(limit.id);
  await changed.getByText('Cost · any 5 hours').click();
  const details = page.getByRole('dialog', { name: 'Change limit' });
  await details.getByText('Cost · any 5 hours · limit on key watched').waitFor();
  expect(
    await details
      .getByRole('row')
      .filter({ has: page.locator('del') })
      .count(),
  ).toBe(1);
  const { page: chinese } = await console.signedIn({ locale: 'zh-CN' });
  await chinese.goto(audit(`?objectId=${limit.id}`));
  await row(chinese, '修改限额').getByText('API Key“watched”的限额').waitFor();
  expect(faults).toEqual([]);
});

test('X02 limits that are made with a key, and a reset of them, are said as they are set', async () => {
  const window = { kind: 'session', seconds: 18_000 };
  const limits = [
    { unit: 'cost', amount: '2.5', window },
    { unit: 'concurrency', amount: 4 },
  ];
  const made = await console.newKey({ name: 'metered', limits });
  await console.app.api('POST', `/keys/${made.id}/reset-usage`);
  const { page, faults } = await console.signedIn();
  await page.goto(audit(`?objectId=${made.id}`));
  await row(page, 'Reset').getByText('limits: Cost · 5 hours from first use: 2.5 (since ').waitFor();
  await row(page, 'Create key').click();
  const said = /^Cost · 5 hours from first use: 2\.5 \(since \S+Z\), Calls at once: 4$/;
  await page.getByRole('dialog').getByText(said).waitFor();
  expect(faults).toEqual([]);
});

test('X02 admins read the audit log of what is theirs, members do not, and only the operator verifies it', async () => {
  const admin = await newLogin(console, { projectId, role: 'admin' });
  const { page } = await console.signedIn({}, admin);
  await page.goto(audit());
  await row(page, 'Disable key').waitFor();
  expect(await page.getByRole('button', { name: 'Verify the log' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Account audit' }).count()).toBe(0);

  const owner = await newLogin(console, { accountId, role: 'owner' });
  const { page: theirs } = await console.signedIn({}, owner);
  await theirs.getByRole('link', { name: 'Account audit' }).click();
  await row(theirs, 'Disable key').waitFor();

  const member = await newLogin(console, { projectId, role: 'member' });
  const { page: other } = await console.signedIn({}, member);
  expect(await other.getByRole('link', { name: 'Audit', exact: true }).count()).toBe(0);
  await other.goto(`/keys/${key.id}`);
  await other.getByRole('tab', { name: 'Requests' }).waitFor();
  expect(await other.getByRole('tab', { name: 'Audit trail' }).count()).toBe(0);
  await other.goto(audit());
  await other.getByText('This is not open to you').waitFor();
});

test('A18 V14 X02 a key’s page has its calls and refusals, when it was last used, and all that was done to it', async () => {
  const answer = await fetch(`${console.app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await answer.text();
  await fetch(`${console.app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'no-such-model', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  const lastUsedAt = async () =>
    (await console.app.api<{ lastUsedAt: string | null }>('GET', `/keys/${key.id}`)).body.lastUsedAt;
  await expect.poll(lastUsedAt, { timeout: 30_000 }).not.toBeNull();
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await row(page, 'watched')
    .locator(`time[datetime="${await lastUsedAt()}"]`)
    .waitFor();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('tab', { name: 'Requests' }).click();
  await row(page, 'demo').getByText('127.0.0.1').waitFor();
  await expect
    .poll(async () => (await console.app.api<{ data: object[] }>('GET', `/denials?keyId=${key.id}`)).body.data.length)
    .toBe(1);
  await page.getByText('Refused', { exact: true }).click();
  await row(page, 'model_not_found').getByText('Check its name, or add it to the scope').waitFor();
  await page.getByRole('tab', { name: 'Audit trail' }).click();
  await expect.poll(() => row(page, 'watched').count()).toBe(5);
  expect(faults).toEqual([]);
});

test.each(LOOKS)(
  'T39 the pages of the audit log, $locale, $colorScheme, $viewport.width wide',
  { timeout: 180_000 },
  async (look) => {
    const { page, faults } = await console.signedIn(look);
    for (const [name, path] of [
      ['audit', audit()],
      ['audit-account', `/accounts/${accountId}/audit`],
      ['audit-none', audit('?objectId=nothing')],
      ['key-audit', `/keys/${key.id}?tab=audit`],
      ['key-requests', `/keys/${key.id}?tab=requests`],
    ] as const) {
      await page.goto(path);
      expect(await console.look(page, name), name).toEqual([]);
    }
    await page.goto(audit(`?operation=changeKey`));
    await row(page, 'watched').first().click();
    await page.locator('.ant-drawer-open').waitFor();
    expect(await console.look(page, 'audit-event')).toEqual([]);
    expect(faults).toEqual([]);
  },
);
