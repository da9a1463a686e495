// What changes a key at its page: editing, disabling, deleting, and proving who one is before that.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, LOOKS, startConsole, type TestConsole } from '../kit/browser.ts';
import type { MadeKey } from '../kit/consoleData.ts';

let console: TestConsole;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId } = console);
});
afterAll(() => console.close());

test('T27 T28 T29 T30 editing leaves name and value; a switched scope starts empty and warns; cancel changes nothing', async () => {
  const models = await console.app.api<{ data: { id: string; name: string }[] }>(
    'GET',
    `/models?projectId=${projectId}`,
  );
  const demo = models.body.data.find(({ name }) => name === 'demo');
  const key = await console.newKey({ scope: { mode: 'range', resources: [{ type: 'model', id: demo?.id }] } });
  const read = async () =>
    (await console.app.api<{ scope: object; description: string }>('GET', `/keys/${key.id}`)).body;
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const drawer = page.getByRole('dialog', { name: `Edit ${key.name}` });
  expect(await drawer.getByLabel('Name').isDisabled()).toBe(true);
  await drawer.getByLabel('Description').fill('changed');
  await drawer.getByRole('button', { name: 'Cancel' }).click();
  expect(await read()).toMatchObject({ description: '', scope: { mode: 'range' } });

  await page.getByRole('button', { name: 'Edit' }).click();
  await drawer.getByText('All', { exact: true }).click();
  await drawer.getByText('Chosen', { exact: true }).first().click();
  await drawer.getByText('The earlier selection no longer counts').waitFor();
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.getByText('Choose at least one').waitFor();
  await drawer.getByText('All', { exact: true }).click();
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.waitFor({ state: 'hidden' });
  expect(await read()).toMatchObject({ description: '', scope: { mode: 'all' } });
});

test('T27 where the account allows new names, the name is edited with the rest', async () => {
  const account = await console.send<{ id: string }>('POST', '/accounts', { name: 'Renaming', nameEditable: true });
  const project = await console.send<{ id: string }>('POST', '/projects', { name: 'Shop', accountId: account.id });
  const { data } = await console.send<{ data: { id: string; name: string }[] }>('GET', `/projects/${project.id}/keys`);
  const [key] = data;
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key?.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit' });
  await drawer.getByLabel('Name').fill('shop-api');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'shop-api' }).waitFor();
  expect(await console.send('GET', `/keys/${key?.id}`)).toMatchObject({ name: 'shop-api', scope: { mode: 'all' } });
});

test('V14 V15 V20 Z15 disabling says who made it, when it was last used and how many calls of a day would stop', async () => {
  const key = await console.newKey();
  expect(await console.chat(key.value)).toBe(200);
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('heading', { name: key.name }).waitFor();
  // Uses are written every few seconds.
  const used = async () =>
    (await console.send<{ lastUsedAddress: string | null }>('GET', `/keys/${key.id}`)).lastUsedAddress;
  await expect.poll(used, { timeout: 15_000 }).toBe('127.0.0.1');
  await page.reload();
  await page.getByText('this minute · 127.0.0.1').waitFor();
  await page.locator('tr').filter({ hasText: 'Creator' }).getByText('root').waitFor();
  await page.getByRole('switch').click();
  const question = page.getByRole('dialog').filter({ hasText: `Disable ${key.name}?` });
  await question.getByText('1 call in the last 24 hours').waitFor();
  await question.getByText('127.0.0.1').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Cancel');
  await question.getByRole('button', { name: 'Disable' }).click();
  await page.getByText('This key is disabled').waitFor();
  await expect.poll(() => console.callModels(key.value)).toBe(401);
});

test('D14 T17 T33 Z15 V22 deleting shows what is lost, keeps the focus off the deletion, and can be left', async () => {
  const key = await console.newKey();
  expect(await console.callModels(key.value)).toBe(200);
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm deleting the API key' });
  await dialog.getByText(key.name).waitFor();
  await dialog.getByText('Calls in the last 24 hours').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).not.toContain('Delete for good');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  expect(await console.callModels(key.value)).toBe(200);
  await page.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await expect.poll(() => console.callModels(key.value)).toBe(401);
});

test('T17 where an account asks nobody who they are, a deletion wants the name typed', async () => {
  const account = await console.send<{ id: string }>('POST', '/accounts', { name: 'Trusting' });
  await console.send('PATCH', `/accounts/${account.id}/security`, { stepUp: false });
  const project = await console.send<{ id: string }>('POST', '/projects', { name: 'Open', accountId: account.id });
  const key = await console.send<MadeKey>('POST', `/projects/${project.id}/keys`, {
    // What cannot be seen in it cannot be typed.
    name: 'old  \u200bapi',
    scope: { mode: 'all' },
  });
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm deleting the API key' });
  const remove = dialog.getByRole('button', { name: 'Delete for good' });
  await dialog.getByLabel(/^Type old/).fill('old');
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByLabel(/^Type old/).fill('old api');
  await remove.click();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await expect.poll(() => console.callModels(key.value)).toBe(401);
});

test('T32 an identity check that is asked for is made in place, and a wrong answer does nothing', async () => {
  const key = await console.newKey();
  const { page } = await console.signedIn();
  // As if five minutes had passed: the server asks once.
  let asked = false;
  await page.route(`**/api/v1/keys/${key.id}`, async (route) => {
    if (route.request().method() !== 'DELETE' || asked) return route.continue();
    asked = true;
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'identity_check_required', detail: 'Prove who you are.', status: 403 }),
    });
  });
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  const check = page.getByRole('dialog', { name: 'Is it you?' });
  await check.getByRole('textbox', { name: 'Password' }).fill('wrong');
  await check.getByRole('button', { name: 'Go on' }).click();
  await check.getByRole('alert').waitFor();
  expect(await console.callModels(key.value)).toBe(200);
  await check.getByRole('textbox', { name: 'Password' }).fill(ADMIN.password);
  await check.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('dialog', { name: 'Confirm deleting the API key' }).getByText(key.name).waitFor();
});

test.each(LOOKS)(
  'T39 what the page of a key asks, $locale, $colorScheme, $viewport.width wide',

  async (look) => {
    const key = await console.newKey({ limits: [{ unit: 'cost', amount: '10', window: { kind: 'lifetime' } }] });
    expect(await console.chat(key.value)).toBe(200);
    const { page, faults } = await console.signedIn(look);
    const isEnglish = look.locale === 'en-US';
    for (const [name, tab, en, zh] of [
      ['edit', 'overview', 'Edit', '编辑'],
      ['rotate', 'overview', 'Rotate', '轮换'],
      ['delete', 'overview', 'Delete', '删除'],
      ['reveal', 'overview', 'Copy the whole key', '复制完整 Key'],
      ['limit', 'limits', 'Set a limit', '设置限额'],
      ['mint', 'temporary', 'Make a temporary key', '创建临时 Key'],
    ] as const) {
      await page.goto(`/keys/${key.id}?tab=${tab}`);
      await page
        .getByRole('button', { name: isEnglish ? en : zh })
        .first()
        .click();
      await page.getByRole('dialog').waitFor();
      expect(await console.look(page, `key-${name}`), name).toEqual([]);
    }
    await page.goto(`/keys/${key.id}`);
    await page.getByRole('switch').click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    expect(await console.look(page, 'key-disable')).toEqual([]);
    expect(faults).toEqual([]);
  },
);
