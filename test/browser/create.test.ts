// What the creation of a key offers: templates, regions, groups, values of one's own, and the picker of what it opens.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startConsole, type TestConsole } from '../kit/browser.ts';
import { settled } from '../kit/settled.ts';

let console: TestConsole;
let projectId: string;
let accountId: string;

beforeAll(async () => {
  console = await startConsole({
    KEYWARD_REGION: 'eu-1',
    KEYWARD_REGIONS: 'eu-1=https://eu.example.com, us-1=https://us.example.com',
  });
  ({ projectId, accountId } = console);
});
afterAll(() => console.close());

/** The key of this name, as the API has it. */
const made = async (name: string) =>
  (await console.send<{ data: object[] }>('GET', `/projects/${projectId}/keys?search=${name}`)).data[0];

test('T19 T20 T21 T22 T34 T35 a key is made in a region, with a template, after hints at what is safer and what was mistyped', async () => {
  const template = await console.app.api<{ id: string }>('POST', `/accounts/${accountId}/limit-templates`, {
    name: 'small',
    limits: [{ unit: 'requests', amount: 5, window: { kind: 'lifetime' } }],
  });
  expect(template.status).toBe(201);
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByText('one key for each application and environment').waitFor();
  await drawer.getByText('Choosing only what is needed is safer.').waitFor();
  await drawer.getByLabel('Environment').fill('staging');
  await drawer.getByLabel('Name', { exact: true }).fill('stag');
  await page.getByTitle('staging-worker').waitFor();
  await drawer.getByLabel('Name', { exact: true }).fill('测试 Key-text service');
  await drawer.getByLabel('Allowed addresses').fill('10.0.0.0/24\n10.0.0.300\nexample.com\n2001:db8::/32');
  await drawer.getByText('Does not look like an address or network: 10.0.0.300, example.com').waitFor();
  await drawer.getByLabel('Allowed addresses').fill('10.0.0.0/24\n2001:db8::/32');
  await drawer.getByText('Does not look like').waitFor({ state: 'hidden' });
  await drawer.getByLabel('Limit template').click();
  await page.getByTitle('small').click();
  await drawer.getByLabel('Region').click();
  await page.getByTitle('us-1 · https://us.example.com').click();
  expect(await drawer.getByLabel('Value', { exact: true }).count()).toBe(0);
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('dialog', { name: /^The value of/ }).waitFor();
  expect(await made('text')).toMatchObject({
    region: 'us-1',
    limitTemplateId: template.body.id,
    ipAllow: ['10.0.0.0/24', '2001:db8::/32'],
  });
  await page.getByLabel('I have saved it').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByLabel('Region', { exact: true }).selectOption('us-1');
  await page.getByRole('row').filter({ hasText: 'text service' }).getByText('us-1').waitFor();
  await page.getByRole('row').filter({ hasText: 'First key' }).waitFor({ state: 'hidden' });
  expect(faults).toEqual([]);
});

test('T23 more addresses than a list may have are counted as they are pasted, and refused by the server', async () => {
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name', { exact: true }).fill('many');
  await drawer.getByLabel('Allowed addresses').fill(Array.from({ length: 51 }, (_, at) => `10.0.0.${at}`).join(', '));
  await drawer.getByText('51 entries; at most 50 can be saved.').waitFor();
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.locator('.ant-form-item-explain-error').waitFor();
  expect(await made('many')).toBeUndefined();
});

test('A04 a value of one’s own can be given where the account allows it, and nowhere else', async () => {
  const allow = await console.app.api('PATCH', `/accounts/${accountId}/security`, { customKeys: true });
  expect(allow.status).toBe(200);
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name', { exact: true }).fill('chosen');
  await drawer.getByLabel('Value', { exact: true }).fill('short');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.locator('.ant-form-item-explain-error').waitFor();
  expect(await made('chosen')).toBeUndefined();
  const value = 'Tr7-quiet_Harbour-29-vexing';
  await drawer.getByLabel('Value', { exact: true }).fill(value);
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('dialog', { name: 'The value of chosen' }).waitFor();
  const answer = await fetch(`${console.app.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } });
  expect(answer.status).toBe(200);
});

test('A08 what is asked of keys is said at the field that is shown, and a moment that is chosen is said out with its zone', async () => {
  const { id } = await console.send('POST', '/projects', { name: 'Ruled', accountId, defaultKey: false });
  await console.send('PATCH', `/projects/${id}/security`, { requireExpiry: true, requireRangeScope: true });
  const { page, faults } = await console.signedIn({ timezoneId: 'Asia/Shanghai' });
  await page.goto(`/projects/${id}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name', { exact: true }).fill('bounded');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  const item = (label: string) => drawer.locator('.ant-form-item').filter({ hasText: label });
  await item('Expires').locator('.ant-form-item-explain-error').waitFor();
  await item('Scope').locator('.ant-form-item-explain-error').first().waitFor();
  expect(
    await drawer
      .getByRole('alert')
      .filter({ has: page.locator('.ant-alert-title') })
      .count(),
  ).toBe(0);
  await drawer.getByLabel('Expires', { exact: true }).click();
  await page.getByTitle('In 90 days').click();
  await item('Expires')
    .getByText(/GMT\+8 · in 90 days$/)
    .waitFor();
  expect(faults).toEqual([]);
});

/** Types a name and sends the form as soon as its first field is there; tells how many fields it had then. */
const SENT_EARLY = `new Promise((done) => {
  const watcher = new MutationObserver(() => {
    const [form, input] = ['form', 'form input'].map((one) => document.querySelector('[role=dialog] ' + one));
    if (!input) return;
    watcher.disconnect();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, 'early');
    input.dispatchEvent(new Event('input', { bubbles: true }));
    form.requestSubmit();
    done(form.querySelectorAll('.ant-form-item').length);
  });
  watcher.observe(document.body, { childList: true, subtree: true });
  [...document.querySelectorAll('main button')].find(({ textContent }) => textContent.includes('Create key')).click();
})`;

test('A08 who sends the form before all of it is there sees what is wrong at its fields all the same', async () => {
  const { id } = await console.send('POST', '/projects', { name: 'Quick', accountId, defaultKey: false });
  await console.send('PATCH', `/projects/${id}/security`, { requireExpiry: true });
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${id}/keys`);
  await page.getByText('No keys yet.').waitFor();
  await settled(page);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 20 });
  expect(await page.evaluate(SENT_EARLY)).toBe(1);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  const expires = page.getByRole('dialog').locator('.ant-form-item').filter({ hasText: 'Expires' });
  await expires.locator('.ant-form-item-explain-error').waitFor();
  expect(faults).toEqual([]);
});

test('T25 the picker is used by keyboard', async () => {
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name', { exact: true }).fill('picked');
  await drawer.getByText('Chosen', { exact: true }).click();
  const choice = drawer.locator('.ant-transfer-section').first().getByRole('checkbox').nth(1);
  await choice.focus();
  await page.keyboard.press('Space');
  await drawer.getByRole('button', { name: 'Choose' }).focus();
  await page.keyboard.press('Enter');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('dialog', { name: 'The value of picked' }).waitFor();
  expect(await made('picked')).toMatchObject({ scope: { mode: 'range', resources: [{ type: 'model' }] } });
});

test('A03 a group can be chosen where there is one that the project may use', async () => {
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys?create=true`);
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name', { exact: true }).waitFor();
  await settled(page);
  expect(await drawer.getByLabel('Group').count()).toBe(0);
  const { id: groupId } = await console.send('POST', '/groups', { name: 'premium' });
  await page.reload();
  await drawer.getByLabel('Name', { exact: true }).fill('in-a-group');
  await drawer.getByLabel('Group').click();
  await page.getByTitle('premium').click();
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('dialog', { name: 'The value of in-a-group' }).waitFor();
  expect(await made('in-a-group')).toMatchObject({ groupId });
});
