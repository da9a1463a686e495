// What accounts ask for, decided by the operator in the page.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';
import { signedIn } from '../kit/people.ts';

let console: TestConsole;
let accountId: string;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  accountId = (await console.app.api<{ id: string }>('POST', '/accounts', { name: 'Growing' })).body.id;
  const project = { name: 'Shop', accountId, defaultKey: false };
  projectId = (await console.app.api<{ id: string }>('POST', '/projects', project)).body.id;
});
afterAll(() => console.close());

test('V24 T06 the operator approves a request in the page, and the 51st key is created', async () => {
  const login = await newLogin(console, { accountId, role: 'owner' });
  const owner = await signedIn(console.app.url, login.email, login.password);
  let made = 0;
  const create = () =>
    owner.call('POST', `/projects/${projectId}/keys`, { name: `key-${(made += 1)}`, scope: { mode: 'all' } });
  for (let at = 0; at < 50; at += 1) expect((await create()).status).toBe(201);
  expect((await create()).body.code).toBe('quota_exceeded');
  const asked = await owner.call('POST', `/accounts/${accountId}/quota-requests`, {
    amount: 60,
    reason: 'One per shop.',
  });
  expect(asked.status).toBe(201);

  const { page, faults } = await console.signedIn();
  await page.getByRole('link', { name: 'Quota requests' }).click();
  const row = page.getByRole('row').filter({ hasText: 'Growing' });
  await row.getByText('One per shop.').waitFor();
  await row.getByText(login.email.slice(0, 9)).waitFor();
  await row.getByRole('button', { name: 'Approve' }).click();
  const drawer = page.getByRole('dialog', { name: 'Approve the request of Growing' });
  await drawer.getByText('50 of 50 keys').waitFor();
  expect(await drawer.getByLabel('Most keys of the account').inputValue()).toBe('60');
  await drawer.getByLabel('Most keys of the account').fill('55');
  await drawer.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Nobody waits for an answer.').waitFor();
  expect((await create()).status).toBe(201);
  expect((await owner.call('GET', `/quota-requests/${asked.body.id}`)).body).toMatchObject({
    status: 'approved',
    grantedAmount: 55,
  });
  await page.getByText('Approved', { exact: true }).first().click();
  await row.getByText('55 granted').waitFor();
  await expect.poll(() => page.url()).toContain('status=approved');
  // What was read of the account before is old now.
  await row.getByRole('link', { name: 'Growing' }).click();
  await page.getByText('51 of 55 keys').waitFor();
  expect(faults).toEqual([]);
});

test('T06 a request is rejected only with a note, which who asked can read', async () => {
  const asked = await console.app.api<{ id: string }>('POST', `/accounts/${accountId}/quota-requests`, {
    amount: 5000,
    reason: 'Just in case.',
  });
  const { page } = await console.signedIn();
  await page.goto('/platform/quota-requests');
  await page.getByRole('button', { name: 'Reject' }).click();
  const drawer = page.getByRole('dialog', { name: 'Reject the request of Growing' });
  await drawer.getByRole('button', { name: 'Reject' }).click();
  await drawer.getByText('Say why').waitFor();
  await drawer.getByLabel('Why').fill('Too many at once.');
  await drawer.getByRole('button', { name: 'Reject' }).click();
  await page.getByText('Nobody waits for an answer.').waitFor();
  expect((await console.app.api('GET', `/quota-requests/${asked.body.id}`)).body).toMatchObject({
    status: 'rejected',
    note: 'Too many at once.',
  });
});

test('T39 quota requests are fit for everybody, at a desk and in the hand, full and empty', async () => {
  for (const look of LOOKS) {
    const { page } = await console.signedIn(look);
    await page.goto('/platform/quota-requests?status=withdrawn');
    expect(await console.look(page, 'platform-quota-empty')).toEqual([]);
    await page.goto('/platform/quota-requests?status=rejected');
    expect(await console.look(page, 'platform-quota')).toEqual([]);
  }
});
