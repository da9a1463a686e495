// Many keys at once: chosen, looked at, changed, and taken back; and a project with ten thousand of them.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeBeside } from '../kit/beside.ts';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

interface Key {
  id: string;
  name: string;
  value: string;
  status: string;
  expiresAt: string | null;
  environment: string | null;
  limitTemplateId: string | null;
  groupId: string | null;
}

let console: TestConsole;
let accountId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ accountId } = console);
  await console.app.api('PATCH', `/accounts/${accountId}/quota`, { keyCap: 1000 });
});
afterAll(() => console.close());

const newProject = async (name: string) =>
  (await console.app.api<{ id: string }>('POST', '/projects', { name, accountId, defaultKey: false })).body.id;
const newKeys = async (projectId: string, ...names: string[]): Promise<Key[]> => {
  const made: Key[] = [];
  for (const name of names) {
    const body = { name, scope: { mode: 'all' } };
    made.push((await console.app.api<Key>('POST', `/projects/${projectId}/keys`, body)).body);
  }
  return made;
};
const keysOf = async (projectId: string) =>
  (await console.app.api<{ data: Key[] }>('GET', `/projects/${projectId}/keys`)).body.data.toReversed();
const statesOf = async (projectId: string) => (await keysOf(projectId)).map(({ status }) => status);
const chooseAll = (page: Page) => page.getByRole('checkbox', { name: 'Choose all that are shown' });
const bar = (page: Page) => page.getByRole('region', { name: 'What to do with the chosen keys' });
const callModels = async (value: string) =>
  (await fetch(`${console.app.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } })).status;

test('T37 V21 keys are chosen by keyboard, disabled together after a look at what that does, and enabled by one undo', async () => {
  const projectId = await newProject('Batch');
  const [first, second, third] = await newKeys(projectId, 'one', 'two', 'three');
  expect(await callModels(first!.value)).toBe(200);
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('checkbox', { name: 'Choose three' }).focus();
  await page.keyboard.press('Space');
  await bar(page).getByText('1 key chosen').waitFor();
  await page.getByRole('checkbox', { name: 'Choose one', exact: true }).check();
  await bar(page).getByText('2 keys chosen').waitFor();
  await bar(page).getByRole('button', { name: 'Disable' }).click();
  const dialog = page.getByRole('dialog', { name: 'Disable 2 keys?' });
  // What is used says so before anything is done.
  await dialog.getByRole('listitem').filter({ hasText: 'one' }).getByText('will be disabled').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Cancel');
  expect(await statesOf(projectId)).toEqual(['active', 'active', 'active']);
  await dialog.getByRole('button', { name: 'Disable 2 keys' }).click();
  await page.getByText('2 keys are disabled.').waitFor();
  expect(await statesOf(projectId)).toEqual(['disabled', 'active', 'disabled']);
  expect(await callModels(third!.value)).toBe(401);
  expect(await callModels(second!.value)).toBe(200);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => statesOf(projectId)).toEqual(['active', 'active', 'active']);
  expect(faults).toEqual([]);
});

test('D23 an expiry is set for all that are shown, and taken back', async () => {
  const projectId = await newProject('Expiring');
  await newKeys(projectId, 'one', 'two');
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await chooseAll(page).check();
  await bar(page).getByRole('button', { name: 'Set expiry' }).click();
  const dialog = page.getByRole('dialog', { name: 'When are 2 keys to expire?' });
  await dialog.getByRole('combobox').click();
  await page.getByTitle('In 30 days').click();
  await dialog.getByRole('button', { name: 'Set for 2 keys' }).click();
  await page.getByText('The expiry of 2 keys is set.').waitFor();
  for (const { expiresAt } of await keysOf(projectId)) {
    const days = (Date.parse(expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31);
  }
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await keysOf(projectId)).map(({ expiresAt }) => expiresAt)).toEqual([null, null]);
});

test('an environment is typed, a limit template chosen, for all that are shown; both are taken back', async () => {
  const projectId = await newProject('Labelled');
  const [, two] = await newKeys(projectId, 'one', 'two');
  await console.app.api('PATCH', `/keys/${two!.id}`, { environment: 'dev' });
  const limits = [{ unit: 'requests', amount: 1, window: { kind: 'lifetime' } }];
  const path = `/accounts/${accountId}/limit-templates`;
  const template = (await console.app.api<{ id: string }>('POST', path, { name: 'Small', limits })).body.id;
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await chooseAll(page).check();
  await bar(page).getByRole('button', { name: 'Set environment' }).click();
  const dialog = page.getByRole('dialog');
  // Nothing is chosen yet, and nothing can be done.
  expect(await dialog.getByRole('button', { name: 'Set for 0 keys' }).isDisabled()).toBe(true);
  await dialog.getByRole('combobox').fill('blue');
  await page.getByTitle('blue').click();
  await dialog.getByRole('listitem').filter({ hasText: 'two' }).getByText('will be set').waitFor();
  await dialog.getByRole('button', { name: 'Set for 2 keys' }).click();
  await page.getByText('The environment of 2 keys is set.').waitFor();
  const environments = async () => (await keysOf(projectId)).map(({ environment }) => environment);
  expect(await environments()).toEqual(['blue', 'blue']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(environments).toEqual([null, 'dev']);

  await chooseAll(page).check();
  await bar(page).getByRole('button', { name: 'Set limit template' }).click();
  await dialog.getByRole('combobox').click();
  await page.getByTitle('Small').click();
  await dialog.getByRole('button', { name: 'Set for 2 keys' }).click();
  await page.getByText('The limit template of 2 keys is set.').waitFor();
  const templates = async () => (await keysOf(projectId)).map(({ limitTemplateId }) => limitTemplateId);
  expect(await templates()).toEqual([template, template]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(templates).toEqual([null, null]);
  expect(faults).toEqual([]);
});

test.each([
  ['en-US', 'Choose all that are shown', 'Set group', 'Set for 2 keys', 'The group of 2 keys is set.', 'Undo'],
  ['zh-CN', '选择当前显示的全部', '设置分组', '设置 2 个', '已设置 2 个 Key 的分组。', '撤销'],
])(
  'A03 many are put into a group that is open to them, and taken back, %s',
  async (locale, all, set, confirm, done, undo) => {
    const projectId = await newProject(`Tiers ${locale}`);
    const [, two] = await newKeys(projectId, 'one', 'two');
    const ids = [];
    for (const name of ['gold', 'silver']) {
      const openTo = { mode: 'range', places: [{ type: 'project', id: projectId }] };
      const body = { name: `${name} ${locale}`, priceMultiplier: '2', opens: { mode: 'all' }, openTo };
      ids.push((await console.app.api<{ id: string }>('POST', '/groups', body)).body.id);
    }
    const [gold, silver] = ids;
    await console.app.api('PATCH', `/keys/${two!.id}`, { groupId: silver });
    const { page, faults } = await console.signedIn({ locale });
    await page.goto(`/projects/${projectId}/keys`);
    await page.getByRole('checkbox', { name: all }).check();
    await page.getByRole('button', { name: set }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox').fill('gold');
    await page.getByTitle(`gold ${locale}`).click();
    await dialog.getByRole('button', { name: confirm }).click();
    await page.getByText(done).waitFor();
    const groups = async () => (await keysOf(projectId)).map(({ groupId }) => groupId);
    expect(await groups()).toEqual([gold, gold]);
    await page.getByRole('button', { name: undo }).click();
    await expect.poll(groups).toEqual([null, silver]);
    expect(faults).toEqual([]);
  },
);

test('where there is no group, none can be set for many', async () => {
  const projectId = await newProject('Untiered');
  await newKeys(projectId, 'one');
  const { page } = await console.signedIn();
  const asked = page.waitForResponse(`**/api/v1/projects/${projectId}/groups?*`);
  await page.goto(`/projects/${projectId}/keys`);
  await chooseAll(page).check();
  await asked;
  await bar(page).getByRole('button', { name: 'Set limit template' }).waitFor();
  expect(await bar(page).getByRole('button', { name: 'Set group' }).count()).toBe(0);
});

test('T17 Z15 many are deleted after a look at what is in use, and none when one thinks better of it', async () => {
  const projectId = await newProject('Emptied');
  const [used] = await newKeys(projectId, 'in-use', 'idle');
  const body = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hi' }] });
  const headers = { authorization: `Bearer ${used!.value}`, 'content-type': 'application/json' };
  await (await fetch(`${console.app.url}/v1/chat/completions`, { method: 'POST', headers, body })).text();
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await chooseAll(page).check();
  await bar(page).getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete 2 keys for good?' });
  await dialog.getByRole('listitem').first().getByText('in-use').waitFor();
  await dialog.getByText('1 call in the last 24 hours').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Cancel');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await keysOf(projectId)).toHaveLength(2);
  await bar(page).getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete 2 keys for good' }).click();
  await page.getByText('2 keys are deleted.').waitFor();
  expect(await keysOf(projectId)).toEqual([]);
  expect(await callModels(used!.value)).toBe(401);
  await page.getByText('No keys yet.').waitFor();
});

test('what is refused for one key is said of that key, and done for the others', async () => {
  const projectId = await newProject('Ruled');
  const [bare, fine] = await newKeys(projectId, 'bare', 'fine');
  const expiresAt = new Date(Date.now() + 9 * 86_400_000).toISOString();
  await console.app.api('PATCH', `/keys/${fine!.id}`, { expiresAt });
  for (const { id } of [bare!, fine!]) await console.app.api('POST', `/keys/${id}/disable`);
  await console.app.api('PATCH', `/projects/${projectId}/security`, { requireExpiry: true });
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await chooseAll(page).check();
  await bar(page).getByRole('button', { name: 'Enable' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('listitem').filter({ hasText: 'bare' }).getByText('refused').waitFor();
  await dialog.getByRole('button', { name: 'Enable 1 key' }).click();
  await dialog.getByText('What became of each').waitFor();
  await dialog.getByRole('listitem').filter({ hasText: 'fine' }).getByText('done').waitFor();
  expect(await statesOf(projectId)).toEqual(['disabled', 'active']);
});

test('Z05 V29 a member who may only read has nothing to choose by, and one who may not even that is told so', async () => {
  const projectId = await newProject('Guarded');
  await newKeys(projectId, 'of-an-admin');
  const member = await newLogin(console, { projectId, role: 'member' });
  const rights = async (memberAccess: string) =>
    console.app.api('PATCH', `/projects/${projectId}/security`, { memberAccess });
  const { page } = await console.signedIn({}, member);
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByText('of-an-admin').waitFor();
  await chooseAll(page).waitFor();
  await rights('none');
  await page.reload();
  await page.getByText('Only admins work with the keys of this project.').waitFor();
  expect(await page.getByText('of-an-admin').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Create key' }).count()).toBe(0);
  await rights('own');
  await page.reload();
  await page.getByText('No keys yet.').waitFor();
});

test.each(LOOKS)('T39 many at once, $locale, $colorScheme, $viewport.width wide', async (look) => {
  const projectId = await newProject(`Looks ${look.locale}`);
  await newKeys(projectId, 'prod-api', 'staging-web', 'billing-worker');
  const { page, faults } = await console.signedIn(look);
  await page.goto(`/projects/${projectId}/keys`);
  await page.locator('thead input').check();
  await page.locator('.bulk-bar button').first().waitFor();
  expect(await console.look(page, 'bulk')).toEqual([]);
  await page.locator('.bulk-bar .ant-btn-dangerous').click();
  await page.locator('.bulk-results li').first().waitFor();
  expect(await console.look(page, 'bulk-delete')).toEqual([]);
  expect(faults).toEqual([]);
});

test('T37 all that a filter finds are chosen and counted, and changed together, with nothing else', async () => {
  const projectId = await newProject('Wide');
  const [model] = await newKeys(projectId, 'wide');
  await seed(model!.id, 249, 'wide');
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys?search=wide-1`);
  await page.getByRole('row').nth(50).waitFor();
  await chooseAll(page).check();
  await bar(page).getByText('50 keys chosen').waitFor();
  await bar(page).getByRole('button', { name: 'Choose all that are found' }).click();
  // wide-1, wide-10 to wide-19, wide-100 to wide-199.
  await bar(page).getByText('111 keys chosen').waitFor();
  await bar(page).getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable 111 keys' }).click();
  await page.getByText('111 keys are disabled.').waitFor();
  const found = async (state: string) =>
    (await console.send<{ data: Key[] }>('GET', `/projects/${projectId}/keys?limit=200&state=${state}`)).data;
  const names = (await found('disabled')).map(({ name }) => name);
  expect(names).toHaveLength(111);
  expect(names.every((name) => name.startsWith('wide-1'))).toBe(true);
  expect(await found('active')).toHaveLength(139);
});

test('T37 of many keys what could not be done is said of those, what was done is taken back by one click', async () => {
  const projectId = await newProject('Parted');
  const [model] = await newKeys(projectId, 'parted');
  await seed(model!.id, 200, 'parted');
  const disabled = async () =>
    (await console.send<{ data: Key[] }>('GET', `/projects/${projectId}/keys?limit=200&state=disabled`)).data;
  const { page } = await console.signedIn();
  let asked = 0;
  await page.route('**/keys/bulk-change', async (route) => {
    const { dryRun } = route.request().postDataJSON() as { dryRun: boolean };
    if (!dryRun) asked += 1;
    return asked === 2 ? route.abort() : route.continue();
  });
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
  await page.getByRole('button', { name: 'Choose all that are found' }).click();
  await page.getByText('201 keys chosen').waitFor();
  await page.getByRole('button', { name: 'Disable' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Disable 201 keys' }).click();
  await dialog.getByText('What became of each').waitFor();
  await dialog.getByRole('listitem').first().getByText('failed').waitFor();
  expect(await disabled()).toHaveLength(200);
  asked = 9;
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await disabled()).length).toBe(0);
});

test('D09 T08 a project of ten thousand keys is searched at once, and comes page by page', async () => {
  const projectId = await newProject('Vast');
  const [model] = await newKeys(projectId, 'seed');
  await seed(model!.id, 10_000);
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('row').nth(50).waitFor();
  expect(await page.getByRole('row').count()).toBe(51);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByRole('row').nth(100).waitFor();
  const shownMs = await page.evaluate<number>(`new Promise((resolve) => {
    const input = document.querySelector('[role=search] input');
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, 'seed-7777');
    const startedMs = performance.now();
    const look = () => document.querySelectorAll('tbody tr').length === 1
      ? resolve(performance.now() - startedMs) : requestAnimationFrame(look);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    look();
  })`);
  process.stdout.write(`Searched 10,000 keys in ${shownMs.toFixed(0)} ms, 80 of them waiting for the typing to rest\n`);
  await page.getByRole('link', { name: 'seed-7777' }).waitFor();
  await expect.poll(() => page.url()).toContain('search=seed-7777');
});

/** Copies of a key, below the server: what ten thousand calls of the API would leave. */
const seed = (id: string, many: number, stem = 'seed') =>
  writeBeside(console.app.dataDir, (database) => {
    const columns = database
      .prepare(`select name from pragma_table_info('keys')`)
      .all()
      .map(({ name }) => String(name));
    const changed: Record<string, string> = {
      id: `'key_${stem}ed' || number`,
      name: `'${stem}-' || number`,
      name_search: `'${stem}-' || number`,
      created_at_ms: 'created_at_ms + number',
    };
    database.exec(`with recursive numbers (number) as (select 1 union all select number + 1 from numbers where number < ${many})
      insert into keys (${columns.join(', ')})
      select ${columns.map((name) => changed[name] ?? name).join(', ')} from keys, numbers where keys.id = '${id}'`);
  });
