// The page of one key as a person meets it, in a real browser, against a real Keyward.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';
import type { MadeKey } from '../kit/consoleData.ts';

let console: TestConsole;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId } = console);
});
afterAll(() => console.close());

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const callModels = async (value: string) =>
  (await fetch(`${console.app.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } })).status;

test('D13 V11 V13 Z20 a row opens its key, with what it may do and how to connect', async () => {
  const key = await console.newKey({ ipAllow: ['10.1.0.0/16'], description: 'for the shop' });
  const { page, faults } = await console.signedIn();
  await row(page, key.name).getByText('All').click();
  await page.getByRole('heading', { name: key.name }).waitFor();
  await page.getByText('from 10.1.0.0/16 only, with no end date').waitFor();
  await page.getByText('for the shop').waitFor();
  expect(await page.locator('pre').first().textContent()).toContain(`${console.app.url}/v1/`);
  expect(faults).toEqual([]);
});

test('V13 V12 one sentence says what a key may do, from where, until when, and whether it does now', async () => {
  const models = await console.send<{ data: { id: string; name: string }[] }>('GET', `/models?projectId=${projectId}`);
  const demo = models.data.find(({ name }) => name === 'demo');
  const key = await console.newKey({
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
  await console.send('POST', `/keys/${key.id}/disable`);
  await page.reload();
  await page.getByText('This key is disabled and does nothing now; enabled again, it opens demo').waitFor();
});

test('V13 keys that call the management API say so, have no models, limits or scope, and are edited without them', async () => {
  const ofProject = await console.newKey({ class: 'management', scope: undefined });
  const ofAccount = await console.send<MadeKey>('POST', '/accounts/acc_platform/keys', { name: 'for-scripts' });
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${ofProject.id}`);
  await page.getByText('by the API and opens no models, from any address').waitFor();
  await page.getByRole('tab', { name: 'Audit trail' }).waitFor();
  expect(await page.getByRole('tab').allTextContents()).toEqual(['Overview', 'Values and rotation', 'Audit trail']);
  await page.goto(`/keys/${ofAccount.id}?tab=limits`);
  await page.getByText('manages the account').waitFor();
  await page.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Edit for-scripts' });
  expect(await drawer.getByText('Scope').count()).toBe(0);
  await drawer.getByLabel('Description').fill('nightly');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.waitFor({ state: 'hidden' });
  expect(await console.send('GET', `/keys/${ofAccount.id}`)).toMatchObject({ description: 'nightly' });
  expect(faults).toEqual([]);
});

test('D23 T36 the values of a key show who still uses the earlier one; it is ended early, and a rotation is undone', async () => {
  const key = await console.newKey();
  const { value } = await console.send<MadeKey>('POST', `/keys/${key.id}/rotate`, {});
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

  const next = await console.send<MadeKey>('POST', `/keys/${key.id}/rotate`, {});
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
  expect(await console.send('GET', `/keys/${key.id}`)).toMatchObject({ rotateEveryDays: 90 });
  expect(faults).toEqual([]);
});

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

test('D14 T17 T33 Z15 V22 deleting shows what is lost, keeps the focus off the deletion, and can be left', async () => {
  const key = await console.newKey();
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
  expect(await callModels(key.value)).toBe(200);
  await check.getByRole('textbox', { name: 'Password' }).fill(ADMIN.password);
  await check.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('dialog', { name: 'Confirm deleting the API key' }).getByText(key.name).waitFor();
});

test('T36 a rotation shows the new value once, and both work', async () => {
  const key = await console.newKey();
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  const value = await page.getByLabel('Copy the key').first().inputValue();
  expect(value).not.toBe(key.value);
  expect([await callModels(value), await callModels(key.value)]).toEqual([200, 200]);
});

test('V29 a member who may only read their own keys finds no other, and changes theirs', async () => {
  const { accountId } = await console.send<{ accountId: string }>('GET', `/projects/${projectId}`);
  const project = await console.send<{ id: string }>('POST', '/projects', {
    name: 'Theirs',
    accountId,
    defaultKey: false,
  });
  const other = await console.send<MadeKey>('POST', `/projects/${project.id}/keys`, {
    name: 'not-theirs',
    scope: { mode: 'all' },
  });
  const managing = await console.send<MadeKey>('POST', `/projects/${project.id}/keys`, {
    name: 'managing',
    class: 'management',
  });
  const member = await newLogin(console, { projectId: project.id, role: 'member' });
  const { page } = await console.signedIn({}, member);
  await page.goto(`/keys/${managing.id}`);
  await page.getByText('opens no models').waitFor();
  expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
  expect(await page.getByRole('switch').count()).toBe(0);
  await page.goto(`/keys/${other.id}`);
  await page.getByRole('button', { name: 'Delete' }).waitFor();
  await console.send('PATCH', `/projects/${project.id}/security`, { memberAccess: 'own' });
  await page.reload();
  await page.getByText('It does not exist, or it is not yours to see.').waitFor();
});

test.each(LOOKS)(
  'T39 the page of a key, $locale, $colorScheme, $viewport.width wide',
  { timeout: 60_000 },
  async (look) => {
    const key = await console.newKey({
      description: 'Answers what customers ask in the shop',
      environment: 'prod',
      expiresAt: '2099-06-01T12:00:00Z',
      limits: [
        { unit: 'cost', amount: '10', window: { kind: 'lifetime' } },
        { unit: 'requests', amount: 100, window: { kind: 'session', seconds: 18_000 } },
      ],
    });
    await console.send('POST', `/keys/${key.id}/rotate`, {});
    const { page, faults } = await console.signedIn(look);
    for (const tab of ['overview', 'limits', 'secrets', 'test', 'temporary']) {
      await page.goto(`/keys/${key.id}?tab=${tab}`);
      await page.getByRole('tabpanel').waitFor();
      if (tab === 'test') {
        await page.locator('#what').click();
        await page.getByTitle('demo').click();
        await page.locator('main form button[type=submit]').click();
        await page.locator('ol > li').first().waitFor();
      }
      expect(await console.look(page, `key-${tab}`), tab).toEqual([]);
    }
    expect(faults).toEqual([]);
  },
);

test(
  'A09 A07 limits of a key are set, changed, started anew and removed at the key, as the API then has them',
  { timeout: 60_000 },
  async () => {
    const key = await console.newKey();
    const own = async () => (await console.send<{ data: object[] }>('GET', `/keys/${key.id}/limits`)).data;
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

    expect([
      await console.chat(key.value),
      await console.chat(key.value),
      await console.chat(key.value),
      await console.chat(key.value),
    ]).toEqual([200, 200, 200, 429]);
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
    expect([await console.chat(key.value), await console.chat(key.value)]).toEqual([200, 429]);

    await page.getByRole('button', { name: 'Start all anew' }).click();
    const question = page.getByRole('dialog');
    await question.getByRole('button', { name: 'Cancel' }).click();
    expect(await console.chat(key.value)).toBe(429);
    await requests.getByRole('button', { name: 'Start anew' }).click();
    await question.getByRole('button', { name: 'Start anew' }).click();
    await requests.getByText('0 / 4').waitFor();
    expect(await console.chat(key.value)).toBe(200);
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
  const { accountId } = await console.send<{ accountId: string }>('GET', `/projects/${projectId}`);
  const limit = { unit: 'requests', amount: 1000, window: { kind: 'calendar', period: 'day' } };
  const template = await console.send<{ id: string }>('POST', `/accounts/${accountId}/limit-templates`, {
    name: 'Interns',
    limits: [limit],
  });
  const ofProject = await console.send<{ id: string }>('POST', `/projects/${projectId}/limits`, {
    ...limit,
    amount: 5000,
  });
  const key = await console.newKey({ limitTemplateId: template.id });
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}?tab=limits`);
  await page.getByText('This key has no limits of its own.').waitFor();
  await page.getByText('0 / 1,000').waitFor();
  await page.getByText('/ 5,000').waitFor();
  await page.getByText('Changed by the account, not here.').waitFor();
  expect(await page.getByRole('button', { name: 'Change', exact: true }).count()).toBe(0);
  await console.send('DELETE', `/limits/${ofProject.id}`);
});

test('T08 T09 T10 T11 X03 where values are kept the whole key is copied after an identity check, on record, and leaves with its dialog', async () => {
  const account = await console.send<{ id: string }>('POST', '/accounts', { name: 'Keeping' });
  await console.send('PATCH', `/accounts/${account.id}/security`, { keyReveal: 'recoverable' });
  const project = await console.send<{ id: string }>('POST', '/projects', { name: 'Kept', accountId: account.id });
  const key = await console.send<MadeKey>('POST', `/projects/${project.id}/keys`, {
    name: 'kept-api',
    description: 'for the till',
    scope: { mode: 'all' },
  });
  const { page, faults } = await console.signedIn();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  let asked = false;
  await page.route(`**/api/v1/keys/${key.id}/reveal`, async (route) => {
    if (asked) return route.continue();
    asked = true;
    return route.fulfill({
      status: 403,
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'identity_check_required', detail: 'Prove who you are.', status: 403 }),
    });
  });
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('heading', { name: 'kept-api' }).waitFor();
  await page.getByText('for the till').waitFor();
  await page.getByText(`${key.value.slice(0, 5)}***${key.value.slice(-4)}`, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Copy the whole key' }).click();
  const check = page.getByRole('dialog', { name: 'Is it you?' });
  await check.getByRole('textbox', { name: 'Password' }).fill(ADMIN.password);
  await check.getByRole('button', { name: 'Go on' }).click();
  const dialog = page.getByRole('dialog', { name: 'The value of kept-api' });
  await dialog.getByText('The key is copied.').waitFor();
  expect(await dialog.getByRole('textbox', { name: 'Copy the key' }).inputValue()).toBe(key.value);
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(key.value);
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.content()).not.toContain(key.value);
  const kept = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href, document.title])',
  );
  expect(kept).not.toContain(key.value);
  const events = await console.send<{ data: { action: string }[] }>('GET', `/audit-events?objectId=${key.id}`);
  expect(JSON.stringify(events.data)).toContain('reveal');
  expect(JSON.stringify(events.data)).not.toContain(key.value);
  expect(faults).toEqual([]);
});

test('T11 where values are shown once the control says so and leads to a rotation', async () => {
  const key = await console.newKey();
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Copy the whole key' }).click();
  const dialog = page.getByRole('dialog', { name: 'The value is not kept' });
  await dialog.getByText('shows values once').waitFor();
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  const rotation = page.getByRole('dialog', { name: `Give ${key.name} a new value?` });
  await rotation.getByText('The present value works until').waitFor();
  await rotation.getByLabel('goes on for').click();
  await page.getByTitle('no time: it ends now').click();
  await rotation.getByText('is refused from the next call on').waitFor();
  await rotation.getByRole('button', { name: 'Cancel' }).click();
  expect(await callModels(key.value)).toBe(200);
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
  await expect.poll(() => callModels(key.value)).toBe(401);
});

test('T17 where an account asks nobody who they are, a deletion wants the name typed', async () => {
  const account = await console.send<{ id: string }>('POST', '/accounts', { name: 'Trusting' });
  await console.send('PATCH', `/accounts/${account.id}/security`, { stepUp: false });
  const project = await console.send<{ id: string }>('POST', '/projects', { name: 'Open', accountId: account.id });
  const key = await console.send<MadeKey>('POST', `/projects/${project.id}/keys`, {
    name: 'old-api',
    scope: { mode: 'all' },
  });
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm deleting the API key' });
  await dialog.getByText(key.name).first().waitFor();
  const remove = dialog.getByRole('button', { name: 'Delete for good' });
  await dialog.getByLabel('Type old-api to confirm').fill('old');
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByLabel('Type old-api to confirm').fill('old-api');
  await remove.click();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await expect.poll(() => callModels(key.value)).toBe(401);
});

test('D19 Z20 a key of another region shows the address of that region, in every language to call from', async () => {
  const regions = await startConsole({
    KEYWARD_REGION: 'eu-1',
    KEYWARD_REGIONS: 'eu-1=https://eu.example.com,ap-1=https://ap.example.com',
  });
  try {
    const projects = await regions.app.api<{ data: { id: string; accountId: string }[] }>('GET', '/projects');
    const id = projects.body.data.find(({ accountId }) => accountId !== 'acc_platform')?.id ?? '';
    const made = await regions.app.api<MadeKey>('POST', `/projects/${id}/keys`, {
      name: 'far-away',
      scope: { mode: 'all' },
      region: 'ap-1',
    });
    const { page } = await regions.signedIn();
    await page.goto(`/keys/${made.body.id}`);
    await page.getByText('This key works in ap-1 only').waitFor();
    await page.getByText('"model": "demo"').waitFor();
    for (const [way, line] of [
      ['curl', 'curl https://ap.example.com/v1/chat/completions'],
      ['Python', 'base_url="https://ap.example.com/v1"'],
      ['TypeScript', "baseURL: 'https://ap.example.com/v1'"],
      ['Anthropic', "baseURL: 'https://ap.example.com'"],
    ] as const) {
      await page.getByText(way, { exact: true }).click();
      expect(await page.locator('pre').textContent()).toContain(line);
      expect(await page.getByRole('button', { name: way }).count()).toBe(1);
    }
  } finally {
    await regions.close();
  }
});

test('T16 V17 testing a key shows every check of a call in words, all that is in the way, and that it passes once mended', async () => {
  const key = await console.newKey({
    ipAllow: ['10.0.0.0/8'],
    limits: [{ unit: 'requests', amount: 0, window: { kind: 'lifetime' } }],
  });
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${key.id}?tab=test`);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('This is needed.').waitFor();
  await page.getByLabel('Calls', { exact: true }).click();
  await page.getByTitle('demo').click();
  await page.getByLabel('From the address').fill('10.0.0');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('one IPv4 or IPv6 address').waitFor();
  await page.getByRole('button', { name: 'From here (127.0.0.1)' }).click();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('This call would be refused').waitFor();
  await page.getByText('403 ip_not_allowed').waitFor();
  await page.getByText('2 checks are in the way.').waitFor();
  const steps = page.locator('ol > li');
  expect(await steps.count()).toBe(8);
  expect(await steps.filter({ hasText: 'Status' }).textContent()).toBe('Statuspasses');
  expect(await steps.filter({ hasText: 'Calls from this address' }).textContent()).toContain('Addressrefuses');
  expect(await steps.filter({ hasText: 'A quota is used up' }).textContent()).toContain('Limitsrefuses');
  await page.getByText('0 / 0').waitFor();

  await console.send('POST', `/keys/${key.id}/reset-usage`);
  const { data } = await console.send<{ data: { id: string }[] }>('GET', `/keys/${key.id}/limits`);
  await console.send('PATCH', `/limits/${data[0]?.id}`, { amount: 5 });
  await page.getByLabel('From the address').fill('10.1.2.3');
  await page.getByLabel('Most output tokens').fill('50');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('Every check passes, with at most 50 tokens of output.').waitFor();
  expect(await console.send('GET', `/keys/${key.id}`)).toMatchObject({ limits: [{ used: 0 }], lastUsedAt: null });
  expect(faults).toEqual([]);
});

test('A14 a temporary key is made from a key, shown once, listed under it, and ends with it', async () => {
  const key = await console.newKey();
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${key.id}?tab=temporary`);
  await page.getByText('No temporary keys yet.').waitFor();
  await page.getByRole('button', { name: 'Make a temporary key' }).click();
  const drawer = page.getByRole('dialog', { name: 'Make a temporary key' });
  await drawer.getByLabel('It lives for').click();
  await page.getByTitle('1 hour').click();
  await drawer.getByLabel('Name').fill('for-the-fair');
  await drawer.getByLabel('Allowed addresses').fill('127.0.0.1/8');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.getByText('127.0.0.0/8').waitFor();
  await drawer.getByLabel('Allowed addresses').fill('127.0.0.0/8');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'The value of for-the-fair' });
  const value = await dialog.getByRole('textbox', { name: 'Copy the key' }).inputValue();
  expect(await callModels(value)).toBe(200);
  await dialog.getByLabel('I have saved it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await row(page, 'for-the-fair')
    .getByText(/in (?:60|59) minutes/)
    .waitFor();
  expect(await page.content()).not.toContain(value);

  await row(page, 'for-the-fair').getByRole('link').click();
  await page.getByText(`This key opens what ${key.name} opens, from 127.0.0.0/8 only`).waitFor();
  expect(await page.getByRole('button', { name: 'Rotate' }).count()).toBe(0);
  expect(await page.getByRole('tab', { name: 'Temporary keys' }).count()).toBe(0);
  await console.send('POST', `/keys/${key.id}/disable`);
  await page.reload();
  await page.getByText(`${key.name}, which this key was made from, is disabled`).waitFor();
  await expect.poll(() => callModels(value)).toBe(401);
  expect(faults).toEqual([]);
});

test.each(LOOKS)(
  'T39 what the page of a key asks, $locale, $colorScheme, $viewport.width wide',
  { timeout: 60_000 },
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
