// The page of one key as a person meets it, in a real browser, against a real Keyward.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  const { body } = await console.app.api<{ data: { id: string; accountId: string }[] }>('GET', '/projects');
  projectId = body.data.find(({ accountId }) => accountId !== 'acc_platform')?.id ?? '';
});
afterAll(() => console.close());

interface Made {
  readonly id: string;
  readonly name: string;
  readonly value: string;
}
const api = async <T = Record<string, unknown>>(method: string, path: string, body?: object): Promise<T> => {
  const answer = await console.app.api<T>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
};
const newKey = (body: object = {}): Promise<Made> =>
  api('POST', `/projects/${projectId}/keys`, {
    name: `key-${Math.random().toString(36).slice(2, 8)}`,
    scope: { mode: 'all' },
    ...body,
  });
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const callModels = async (value: string) =>
  (await fetch(`${console.app.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } })).status;

test('D13 V11 V13 Z20 a row opens its key, with what it may do and how to connect', async () => {
  const key = await newKey({ ipAllow: ['10.1.0.0/16'], description: 'for the shop' });
  const { page, faults } = await console.signedIn();
  await row(page, key.name).getByText('All').click();
  await page.getByRole('heading', { name: key.name }).waitFor();
  await page.getByText('from 10.1.0.0/16 only, with no end date').waitFor();
  await page.getByText('for the shop').waitFor();
  expect(await page.locator('pre').first().textContent()).toContain(`${console.app.url}/v1/models`);
  expect(faults).toEqual([]);
});

test('V13 V12 one sentence says what a key may do, from where, until when, and whether it does now', async () => {
  const models = await api<{ data: { id: string; name: string }[] }>('GET', `/models?projectId=${projectId}`);
  const demo = models.data.find(({ name }) => name === 'demo');
  const key = await newKey({
    scope: { mode: 'range', resources: [{ type: 'model', id: demo?.id }] },
    ipAllow: ['10.0.0.0/24', '10.0.1.1', '10.0.2.2', '10.0.3.3'],
    ipDeny: ['10.0.0.9'],
    expiresAt: '2099-06-01T12:00:00Z',
  });
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  const said = page.getByText('This key opens');
  await page.getByText('opens demo and nothing else').waitFor();
  expect(await said.textContent()).toMatch(
    /^This key opens demo and nothing else, from 4 addresses and networks only, except 10\.0\.0\.9, until Jun 1, 2099.*\.$/,
  );
  await api('POST', `/keys/${key.id}/disable`);
  await page.reload();
  await page.getByText('This key is disabled and does nothing now; enabled again, it opens demo').waitFor();
});

test('V13 keys that call the management API say so, have no models, limits or scope, and are edited without them', async () => {
  const ofProject = await newKey({ class: 'management', scope: undefined });
  const ofAccount = await api<Made>('POST', '/accounts/acc_platform/keys', { name: 'for-scripts' });
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${ofProject.id}`);
  await page.getByText('by the API and opens no models, from any address').waitFor();
  expect(await page.getByRole('tab').allTextContents()).toEqual(['Overview', 'Values and rotation']);
  await page.goto(`/keys/${ofAccount.id}?tab=limits`);
  await page.getByText('manages the account').waitFor();
  await page.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit for-scripts' });
  expect(await drawer.getByText('Scope').count()).toBe(0);
  await drawer.getByLabel('Description').fill('nightly');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.waitFor({ state: 'hidden' });
  expect(await api('GET', `/keys/${ofAccount.id}`)).toMatchObject({ description: 'nightly' });
  expect(faults).toEqual([]);
});

test('D23 T36 the values of a key show who still uses the earlier one; it is ended early, and a rotation is undone', async () => {
  const key = await newKey();
  const { value } = await api<Made>('POST', `/keys/${key.id}/rotate`, {});
  expect([await callModels(value), await callModels(key.value)]).toEqual([200, 200]);
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('tab', { name: 'Values and rotation' }).click();
  expect(page.url()).toContain('tab=secrets');
  await page.getByText('still works, and').waitFor();
  await page.getByRole('button', { name: 'Undo the rotation' }).click();
  const dialog = page.getByRole('dialog');
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Cancel');
  await dialog.getByRole('button', { name: 'Undo the rotation' }).click();
  await page.getByText('The rotation is undone.').waitFor();
  await expect.poll(() => callModels(value)).toBe(401);
  expect(await callModels(key.value)).toBe(200);

  const next = await api<Made>('POST', `/keys/${key.id}/rotate`, {});
  await page.reload();
  await page.getByRole('button', { name: 'End it now' }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await callModels(key.value)).toBe(200);
  await page.getByRole('button', { name: 'End it now' }).click();
  await dialog.getByRole('button', { name: 'End it now' }).click();
  await page.getByText('The earlier value has ended.').waitFor();
  await expect.poll(() => callModels(key.value)).toBe(401);
  expect(await callModels(next.value)).toBe(200);

  await page.clock.setFixedTime(Date.now() + 40 * 86_400_000);
  await page.reload();
  await page.getByText('40 days old').first().waitFor();
  await page.getByLabel('Reminder to rotate').click();
  await page.getByTitle('Every 90 days').click();
  await page.getByText('A notice will come').waitFor();
  expect(await api('GET', `/keys/${key.id}`)).toMatchObject({ rotateEveryDays: 90 });
  expect(faults).toEqual([]);
});

test('T27 T28 T29 T30 editing leaves name and value; a switched scope starts empty and warns; cancel changes nothing', async () => {
  const models = await console.app.api<{ data: { id: string; name: string }[] }>(
    'GET',
    `/models?projectId=${projectId}`,
  );
  const demo = models.body.data.find(({ name }) => name === 'demo');
  const key = await newKey({ scope: { mode: 'range', resources: [{ type: 'model', id: demo?.id }] } });
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
  const account = await api<{ id: string }>('POST', '/accounts', { name: 'Renaming', nameEditable: true });
  const project = await api<{ id: string }>('POST', '/projects', { name: 'Shop', accountId: account.id });
  const { data } = await api<{ data: { id: string; name: string }[] }>('GET', `/projects/${project.id}/keys`);
  const [key] = data;
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key?.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit' });
  await drawer.getByLabel('Name').fill('shop-api');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'shop-api' }).waitFor();
  expect(await api('GET', `/keys/${key?.id}`)).toMatchObject({ name: 'shop-api', scope: { mode: 'all' } });
});

test('D14 T17 T33 Z15 V22 deleting shows what is lost, keeps the focus off the deletion, and can be left', async () => {
  const key = await newKey();
  expect(await callModels(key.value)).toBe(200);
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm deleting the API key' });
  await dialog.getByText(key.name).waitFor();
  await dialog.getByText('Calls in the last 24 hours').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).not.toContain('Delete for good');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  expect(await callModels(key.value)).toBe(200);
  await page.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await expect.poll(() => callModels(key.value)).toBe(401);
});

test('T32 an identity check that is asked for is made in place, and a wrong answer does nothing', async () => {
  const key = await newKey();
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
  expect(await callModels(key.value)).toBe(200);
  await check.getByRole('textbox', { name: 'Password' }).fill(ADMIN.password);
  await check.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('dialog', { name: 'Confirm deleting the API key' }).getByText(key.name).waitFor();
});

test('T36 a rotation shows the new value once, and both work', async () => {
  const key = await newKey();
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  const value = await page.getByLabel('Copy the key').first().inputValue();
  expect(value).not.toBe(key.value);
  expect([await callModels(value), await callModels(key.value)]).toEqual([200, 200]);
});

test('V29 a member who may only read their own keys finds no other, and changes theirs', async () => {
  const { accountId } = await api<{ accountId: string }>('GET', `/projects/${projectId}`);
  const project = await api<{ id: string }>('POST', '/projects', { name: 'Theirs', accountId, defaultKey: false });
  const other = await api<Made>('POST', `/projects/${project.id}/keys`, { name: 'not-theirs', scope: { mode: 'all' } });
  const managing = await api<Made>('POST', `/projects/${project.id}/keys`, { name: 'managing', class: 'management' });
  const member = await newLogin(console, { projectId: project.id, role: 'member' });
  const { page } = await console.signedIn({}, member);
  await page.goto(`/keys/${managing.id}`);
  await page.getByText('opens no models').waitFor();
  expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
  expect(await page.getByRole('switch').count()).toBe(0);
  await page.goto(`/keys/${other.id}`);
  await page.getByRole('button', { name: 'Delete' }).waitFor();
  await api('PATCH', `/projects/${project.id}/security`, { memberAccess: 'own' });
  await page.reload();
  await page.getByText('It does not exist, or it is not yours to see.').waitFor();
});

test.each(LOOKS)(
  'T39 the page of a key, $locale, $colorScheme, $viewport.width wide',
  { timeout: 60_000 },
  async (look) => {
    const key = await newKey({
      description: 'Answers what customers ask in the shop',
      environment: 'prod',
      expiresAt: '2099-06-01T12:00:00Z',
      limits: [
        { unit: 'cost', amount: '10', window: { kind: 'lifetime' } },
        { unit: 'requests', amount: 100, window: { kind: 'session', seconds: 18_000 } },
      ],
    });
    await api('POST', `/keys/${key.id}/rotate`, {});
    const { page, faults } = await console.signedIn(look);
    for (const tab of ['overview', 'limits', 'secrets']) {
      await page.goto(`/keys/${key.id}?tab=${tab}`);
      await page.getByRole('tabpanel').waitFor();
      expect(await console.look(page, `key-${tab}`), tab).toEqual([]);
    }
    expect(faults).toEqual([]);
  },
);

test(
  'A09 A07 limits of a key are set, changed, started anew and removed at the key, as the API then has them',
  { timeout: 60_000 },
  async () => {
    const key = await newKey();
    const own = async () => (await api<{ data: object[] }>('GET', `/keys/${key.id}/limits`)).data;
    const { page, faults } = await console.signedIn();
    await page.goto(`/keys/${key.id}?tab=limits`);
    await page.getByText('No limit applies').waitFor();
    await page.getByRole('button', { name: 'Set a limit' }).click();
    const drawer = page.getByRole('dialog', { name: 'Set a limit' });
    await drawer.getByLabel('Amount').fill('much');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.getByText('A number, such as 100.').waitFor();
    await drawer.getByLabel('Amount').fill('2.50');
    await drawer.getByLabel('Over what time').click();
    await page.getByTitle('5 hours from first use').click();
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.waitFor({ state: 'hidden' });
    expect(await own()).toMatchObject([{ unit: 'cost', amount: '2.5', window: { kind: 'session', seconds: 18_000 } }]);

    // One that the server refuses: what was typed stays, and its words are shown.
    await page.getByRole('button', { name: 'Set a limit' }).click();
    await drawer.getByLabel('What is counted').click();
    await page.getByTitle('Requests').click();
    await drawer.getByLabel('Amount').fill('1.5');
    await drawer.getByLabel('Over what time').click();
    await page.getByTitle('Another span …').click();
    await drawer.getByLabel('Length').fill('90');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.getByText('must be a whole number').waitFor();
    await drawer.getByLabel('Amount').fill('3');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.waitFor({ state: 'hidden' });
    expect(await own()).toMatchObject([{}, { unit: 'requests', amount: 3, window: { seconds: 90 * 3600 } }]);

    const call = async () => {
      const answer = await fetch(`${console.app.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hi' }] }),
      });
      await answer.text();
      return answer.status;
    };
    expect([await call(), await call(), await call(), await call()]).toEqual([200, 200, 200, 429]);
    await page.reload();
    const requests = page.locator('.cards > div').filter({ hasText: 'Requests' });
    await requests.getByText('Used up').waitFor();
    await requests.getByText('3 / 3').waitFor();
    await requests.getByText('Frees').waitFor();
    await requests.getByRole('button', { name: 'Change' }).click();
    const change = page.getByRole('dialog', { name: 'Change the limit: Requests' });
    await change.getByLabel('Amount').fill('4');
    await change.getByRole('button', { name: 'Save' }).click();
    await requests.getByText('3 / 4').waitFor();
    expect([await call(), await call()]).toEqual([200, 429]);

    await page.getByRole('button', { name: 'Start all anew' }).click();
    const question = page.getByRole('dialog');
    await question.getByRole('button', { name: 'Cancel' }).click();
    expect(await call()).toBe(429);
    await requests.getByRole('button', { name: 'Start anew' }).click();
    await question.getByRole('button', { name: 'Start anew' }).click();
    await requests.getByText('0 / 4').waitFor();
    expect(await call()).toBe(200);
    await page.getByRole('button', { name: 'Start all anew' }).click();
    await question.getByRole('button', { name: 'Start all anew' }).click();
    await requests.getByText('0 / 4').waitFor();
    await requests.getByRole('button', { name: 'Remove' }).click();
    await question.getByRole('button', { name: 'Remove' }).click();
    await requests.waitFor({ state: 'hidden' });
    expect(await own()).toHaveLength(1);
    expect(faults).toEqual([]);
  },
);

test('A09 limits of the project and of a template bound a key and are shown as not changed here', async () => {
  const { accountId } = await api<{ accountId: string }>('GET', `/projects/${projectId}`);
  const limit = { unit: 'requests', amount: 1000, window: { kind: 'calendar', period: 'day' } };
  const template = await api<{ id: string }>('POST', `/accounts/${accountId}/limit-templates`, {
    name: 'Interns',
    limits: [limit],
  });
  const ofProject = await api<{ id: string }>('POST', `/projects/${projectId}/limits`, { ...limit, amount: 5000 });
  const key = await newKey({ limitTemplateId: template.id });
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}?tab=limits`);
  await page.getByText('This key has no limits of its own.').waitFor();
  await page.getByText('0 / 1,000').waitFor();
  await page.getByText('/ 5,000').waitFor();
  await page.getByText('Changed by the account, not here.').waitFor();
  expect(await page.getByRole('button', { name: 'Change', exact: true }).count()).toBe(0);
  await api('DELETE', `/limits/${ofProject.id}`);
});
