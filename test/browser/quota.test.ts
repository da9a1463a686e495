// How many keys there may be, and requests for more, as people meet them.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

const requestsOf = async (accountId: string) =>
  (await console.send<{ data: object[] }>('GET', `/accounts/${accountId}/quota-requests`)).data;

test('V23 T05 V24 V25 T06 the page says 50, the 51st key leads to where more are asked for, and after the answer it is made', async () => {
  const { accountId, projectId } = await console.newPlace('Full');
  await Promise.all(Array.from({ length: 50 }, (_, at) => console.newKey({ name: `key-${at}` }, projectId)));
  const owner = await newLogin(console, { accountId, role: 'owner' });
  const { page, faults } = await console.signedIn({}, owner);

  await page.goto(`/projects/${projectId}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name').fill('key-51');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.getByRole('alert').filter({ hasText: 'This account has its 50 keys' }).waitFor();
  await drawer.getByRole('link', { name: 'Ask for more' }).click();
  await page.getByRole('heading', { name: 'Quota', exact: true }).waitFor();
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/accounts/${accountId}/quota`);
  await page.getByText('50 of 50 keys').first().waitFor();
  await page.getByText('none left').waitFor();

  await page.getByRole('button', { name: 'Ask for more keys' }).click();
  const form = page.getByRole('dialog', { name: 'Ask for more keys' });
  await form.getByLabel('How many keys in all').fill('40');
  await form.getByLabel('Reason').fill('A second shop opens.');
  await form.getByRole('button', { name: 'Send the request' }).click();
  // The server's fault stands at its field, and what was typed is still there.
  await form.getByText('may have 50 keys already').waitFor();
  expect(await form.getByLabel('Reason').inputValue()).toBe('A second shop opens.');
  await form.getByLabel('How many keys in all').fill('60');
  await form.getByRole('button', { name: 'Send the request' }).click();
  await row(page, 'A second shop opens.').getByText('Pending').waitFor();
  const [request] = (await requestsOf(accountId)) as { id: string }[];
  expect(request).toMatchObject({ status: 'pending', amount: 60, reason: 'A second shop opens.' });
  expect(await page.getByRole('button', { name: 'Ask for more keys' }).isDisabled()).toBe(true);

  await console.send('POST', `/quota-requests/${request?.id}/approve`, { note: 'Good luck with it.' });
  await page.reload();
  await row(page, 'Answer: Good luck with it.').getByText('Approved').waitFor();
  await page.getByText('50 of 60 keys').waitFor();
  await page.goto(`/projects/${projectId}/keys?create=true`);
  await drawer.getByLabel('Name').fill('key-51');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('dialog', { name: 'The value of key-51' }).waitFor();
  expect(faults).toEqual([]);
});

test('T06 a request is taken back by who sent it, and a rejected one says why', async () => {
  const { accountId } = await console.newPlace('Asking');
  const admin = await newLogin(console, { accountId, role: 'admin' });
  const { page, faults } = await console.signedIn({}, admin);
  await page.goto(`/accounts/${accountId}/quota`);
  await page.getByText('Nothing was asked for yet').waitFor();
  const ask = async (reason: string) => {
    await page.getByRole('button', { name: 'Ask for more keys' }).click();
    const form = page.getByRole('dialog', { name: 'Ask for more keys' });
    await form.getByLabel('Reason').fill(reason);
    await form.getByRole('button', { name: 'Send the request' }).click();
    await row(page, reason).getByText('Pending').waitFor();
  };
  await ask('By mistake.');
  await row(page, 'By mistake.').getByRole('button', { name: 'Withdraw' }).click();
  const question = page.getByRole('dialog').filter({ hasText: 'Withdraw this request?' });
  await question.getByRole('button', { name: 'Withdraw' }).click();
  await row(page, 'By mistake.').getByText('Withdrawn').waitFor();
  await ask('For the fair.');
  const [request] = (await requestsOf(accountId)) as { id: string }[];
  expect(request).toMatchObject({ status: 'pending', amount: 100 });
  await console.send('POST', `/quota-requests/${request?.id}/reject`, { note: 'The fair is over.' });
  await page.reload();
  await row(page, 'Answer: The fair is over.').getByText('Rejected').waitFor();
  expect(faults).toEqual([]);
});

test('V25 who may not ask sees no button and is told whom to ask; strangers see nothing of it', async () => {
  const { accountId } = await console.newPlace('Members');
  const member = await newLogin(console, { accountId, role: 'member' });
  const { page } = await console.signedIn({}, member);
  await page.goto(`/accounts/${accountId}/quota`);
  await page.getByText('asked for by admins of the account').waitFor();
  await page.getByText('Nothing was asked for yet').waitFor();
  expect(await page.getByRole('button', { name: 'Ask for more keys' }).count()).toBe(0);
  expect(await page.getByText('of 50 keys').count()).toBe(0);

  const { data: members } = await console.send<{ data: { userId: string; role: string }[] }>(
    'GET',
    `/accounts/${accountId}/members`,
  );
  const userId = members.find(({ role }) => role === 'member')?.userId;
  await console.send('PUT', `/accounts/${accountId}/members/${userId}`, { role: 'member', mayRequestQuota: true });
  await page.reload();
  await page.getByRole('button', { name: 'Ask for more keys' }).click();
  const form = page.getByRole('dialog', { name: 'Ask for more keys' });
  await form.getByLabel('How many keys in all').fill('51');
  await form.getByLabel('Reason').fill('I was let.');
  await form.getByRole('button', { name: 'Send the request' }).click();
  await row(page, 'I was let.').getByText('Pending').waitFor();
  expect(await requestsOf(accountId)).toMatchObject([{ amount: 51, askedBy: userId }]);

  const stranger = await newLogin(console, {
    projectId: (await console.newPlace('Elsewhere')).projectId,
    role: 'admin',
  });
  const { page: theirs } = await console.signedIn({}, stranger);
  await theirs.goto(`/accounts/${accountId}/quota`);
  await theirs.getByText('It does not exist, or it is not yours to see.').waitFor();
  expect(await theirs.getByRole('button', { name: 'Ask for more keys' }).count()).toBe(0);
});

test('V23 caps of projects and people are set by admins and taken back; the cap of the account by the operator alone', async () => {
  const { accountId, projectId } = await console.newPlace('Capped');
  await console.newKey({ name: 'one' }, projectId);
  const admin = await newLogin(console, { accountId, role: 'admin' });
  const { page, faults } = await console.signedIn({}, admin);
  await page.goto(`/accounts/${accountId}/quota`);
  const cap = () => console.send<{ keyCap: number | null }>('GET', `/projects/${projectId}/quota`);
  await row(page, 'Capped Shop').getByText('no cap of its own').waitFor();
  await row(page, 'Capped Shop').getByRole('button', { name: 'Change the cap of Capped Shop' }).click();
  await page.getByRole('dialog').getByLabel('Keys at most').fill('4');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await row(page, 'Capped Shop').getByText('1 of 4 keys').waitFor();
  expect(await cap()).toMatchObject({ keyCap: 4 });
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, 'Capped Shop').getByText('no cap of its own').waitFor();
  expect(await cap()).toMatchObject({ keyCap: null });

  await page.getByRole('button', { name: 'Change the cap for people' }).click();
  await page.getByRole('dialog').getByLabel('Keys at most').fill('7');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Each person: 7 keys at most').waitFor();
  expect(await page.getByRole('button', { name: 'Change the cap', exact: true }).count()).toBe(0);

  const { page: operator } = await console.signedIn();
  await operator.goto(`/accounts/${accountId}/quota`);
  await operator.getByRole('button', { name: 'Change the cap', exact: true }).click();
  await operator.getByRole('dialog').getByLabel('Keys at most').fill('80');
  await operator.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await operator.getByText('1 of 80 keys').waitFor();
  expect(await console.send('GET', `/accounts/${accountId}/quota`)).toMatchObject({ keyCap: 80, memberKeyCap: 7 });
  expect(faults).toEqual([]);
});

test('T39 what the server refuses is said in Chinese, at the fields and above the form', async () => {
  const { accountId, projectId } = await console.newPlace('Words');
  await console.send('PATCH', `/accounts/${accountId}/quota`, { keyCap: 0 });
  const { page } = await console.signedIn({ locale: 'zh-CN' });
  await page.goto(`/projects/${projectId}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: '创建 API Key' });
  await drawer.getByRole('combobox', { name: '名称' }).fill('prod-api');
  await drawer.getByLabel('IP 白名单').fill('10.0.0.5/24');
  await drawer.getByRole('button', { name: '创建', exact: true }).click();
  await drawer.getByText('含有主机位，请写成 10.0.0.0/24').waitFor();
  await drawer.getByLabel('IP 白名单').fill('');
  await drawer.getByRole('button', { name: '创建', exact: true }).click();
  await drawer.getByRole('alert').filter({ hasText: '账号最多 0 个 API Key，已达上限。' }).waitFor();
  const link = drawer.getByRole('link', { name: '申请更多配额' });
  expect(await link.getAttribute('href')).toBe(`/accounts/${accountId}/quota`);
});

test.each(LOOKS)(
  'T39 the quota page, $locale, $colorScheme, $viewport.width wide',
  { timeout: 180_000 },
  async (look) => {
    const { accountId, projectId } = await console.newPlace('Looked');
    const { page, faults } = await console.signedIn(look);
    await page.goto(`/accounts/${accountId}/quota`);
    expect(await console.look(page, 'quota-empty')).toEqual([]);
    await Promise.all(Array.from({ length: 8 }, (_, at) => console.newKey({ name: `key-${at}` }, projectId)));
    await console.send('PATCH', `/projects/${projectId}/quota`, { keyCap: 8 });
    await console.send('POST', '/projects', { name: 'Warehouse', accountId });
    const ask = (amount: number, reason: string) =>
      console.send('POST', `/accounts/${accountId}/quota-requests`, { amount, reason });
    const first = await ask(60, 'A second shop opens in spring, with eight services of its own.');
    await console.send('POST', `/quota-requests/${first.id}/reject`, {
      note: 'Please share keys between the tills first.',
    });
    const second = await ask(80, 'The tills have one key now.');
    await console.send('POST', `/quota-requests/${second.id}/approve`, { amount: 70 });
    await ask(90, 'For the fair.');
    await page.reload();
    expect(await console.look(page, 'quota')).toEqual([]);
    const button = look.locale === 'en-US' ? 'Change the cap of Warehouse' : '修改 Warehouse 的上限';
    await page.getByRole('button', { name: button }).click();
    await page.locator('.ant-drawer-open').waitFor();
    expect(await console.look(page, 'quota-cap')).toEqual([]);
    expect(faults).toEqual([]);
  },
);
