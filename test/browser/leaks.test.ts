// What people do when a key got out, in a real browser, against a real Keyward.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';
import type { MadeKey } from '../kit/consoleData.ts';

let console: TestConsole;
let projectId: string;
let accountId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId, accountId } = console);
});
afterAll(() => console.close());

interface Report {
  readonly id: string;
  readonly status: string;
  readonly stopped: string | null;
  readonly use: { readonly state: string; readonly note: string };
  readonly replacement: { readonly state: string; readonly keyId: string | null };
  readonly places: Record<string, { readonly state: string; readonly note: string }>;
  readonly left: readonly string[];
  readonly reason: string | null;
}

const reportsOf = async (keyId: string) =>
  (await console.app.api<{ data: Report[] }>('GET', `/leak-reports?keyId=${keyId}`)).body.data;
const reportOf = async (keyId: string) => {
  const [report] = await reportsOf(keyId);
  if (!report) throw new Error('there is no report');
  return report;
};
const open = async (key: MadeKey, body: object = {}) =>
  (await console.app.api<Report>('POST', `/keys/${key.id}/leak-reports`, body)).body;
const step = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name }).first();

test('A17 A18 A19 A20 A11 from the page of a key through the four steps to a closed report', async () => {
  const key = await console.newKey({ ipDeny: ['203.0.113.7'], description: 'for the shop' });
  expect([await console.chat(key.value), await console.chat(key.value)]).toEqual([200, 200]);
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'This key leaked' }).click();
  const asked = page.getByRole('dialog', { name: `Did ${key.name} leak?` });
  await asked.getByText('disabled at once').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).not.toContain('Disable it');
  await asked.getByLabel('Where was it found?').fill('a public repository');
  await asked.getByRole('button', { name: 'Disable it and open a report' }).click();

  // First: it is stopped by that.
  await page.getByRole('heading', { name: `${key.name} leaked` }).waitFor();
  await step(page, '1. Stop the key').getByText('every call with it is refused').waitFor();
  await expect.poll(() => console.chat(key.value)).toBe(401);
  await page.getByText('a public repository').waitFor();

  // Second: its use, drawn, and the calls one by one.
  const use = step(page, '2. Check its use');
  await use.getByText('2 requests').waitFor();
  await use.getByText('127.0.0.1').waitFor();
  await use.getByText('demo').waitFor();
  await use.getByRole('img', { name: /^At most 2 a day/ }).waitFor();
  const calls = use.getByRole('link', { name: 'Look at them one by one' });
  expect(await calls.getAttribute('href')).toContain(`keyId=${key.id}`);
  await use.getByLabel('Some of it is not ours').check();
  await use.getByLabel('Note').fill('two calls at night');
  await use.getByRole('button', { name: 'Save' }).click();
  await use.getByText('Done', { exact: true }).waitFor();
  expect((await reportOf(key.id)).use).toEqual({ state: 'abnormal', note: 'two calls at night' });

  // Third: another key with its settings; its value is shown once, as the line to paste.
  const replace = step(page, '3. Replace it');
  await replace.getByLabel('Name of the new key').fill('successor');
  await replace.getByRole('button', { name: 'Make the replacement' }).click();
  const once = page.getByRole('dialog', { name: 'The value of successor' });
  const line = await once.getByRole('textbox', { name: 'Copy the export line' }).inputValue();
  const value = /^export OPENAI_API_KEY=(kw_[0-9A-Za-z]{36})$/.exec(line)?.[1] ?? '';
  expect(await console.chat(value)).toBe(200);
  await once.getByLabel('I have saved it').check();
  await once.getByRole('button', { name: 'Done' }).click();
  await replace.getByText('Another value took over.').waitFor();
  expect(await page.content()).not.toContain(value);
  const { replacement } = await reportOf(key.id);
  const successor = await console.app.api('GET', `/keys/${replacement.keyId}`);
  expect(successor.body).toMatchObject({ name: 'successor', description: 'for the shop', ipDeny: ['203.0.113.7'] });

  // Fourth: the four places, each answer kept at once, with its note.
  const source = step(page, '4. Find the source');
  for (const place of ['Logs', 'Front-end bundle', 'Screenshot']) {
    const answers = source.getByRole('radiogroup', { name: place });
    await answers.getByText('Not there').click();
    await answers.getByRole('radio', { name: 'Not there', checked: true }).waitFor({ state: 'attached' });
  }
  await source.getByLabel('Note on: Public repository').fill('removed in 1f3c');
  await source.getByRole('radiogroup', { name: 'Public repository' }).getByText('It was here').click();
  await expect.poll(async () => (await reportOf(key.id)).left).toEqual([]);
  expect((await reportOf(key.id)).places['repository']).toEqual({ state: 'found', note: 'removed in 1f3c' });
  await page.reload();
  await page.getByText('4 of 4 steps done').waitFor();
  expect(await source.getByLabel('Note on: Public repository').inputValue()).toBe('removed in 1f3c');

  await page.getByRole('button', { name: 'Close the report' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close the report' }).click();
  await page.getByText('Closed', { exact: true }).first().waitFor();
  expect(await reportOf(key.id)).toMatchObject({ status: 'closed', reason: null });
  const { body } = await console.app.api<{ data: { operation: string }[] }>(
    'GET',
    `/audit-events?objectId=${(await reportOf(key.id)).id}`,
  );
  expect(body.data.length).toBeGreaterThan(5);
  expect(faults).toEqual([]);
});

test('A19 a replacement whose answer was lost is not made twice', async () => {
  const key = await console.newKey();
  const { id } = await open(key);
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/leaks/${id}`);
  let tries = 0;
  await page.route('**/api/v1/projects/*/keys', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    tries += 1;
    if (tries > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  const replace = step(page, '3. Replace it');
  await replace.getByRole('button', { name: 'Make the replacement' }).click();
  await page.getByText('The server cannot be reached.').waitFor();
  await replace.getByRole('button', { name: 'Make the replacement' }).click();
  await page.getByRole('dialog', { name: `The value of ${key.name}-2` }).waitFor();
  const made = await console.send<{ data: object[] }>('GET', `/projects/${projectId}/keys?search=${key.name}-2`);
  expect(made.data).toHaveLength(1);
  await expect.poll(async () => (await reportOf(key.id)).replacement.state).toBe('done');
});

test('A20 who notes something and clicks at once leaves what they clicked, also where the note is long on its way', async () => {
  const key = await console.newKey();
  const { id } = await open(key);
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/leaks/${id}`);
  const held = Promise.withResolvers<void>();
  const kept = Promise.withResolvers<void>();
  let notes = 0;
  await page.route(`**/api/v1/leak-reports/${id}`, async (route) => {
    if (route.request().method() !== 'PATCH' || (notes += 1) > 1) return route.continue();
    await held.promise;
    await route.fulfill({ response: await route.fetch() });
    return kept.resolve();
  });
  const source = step(page, '4. Find the source');
  await source.getByLabel('Note on: Logs').fill('line 7');
  await source.getByRole('radiogroup', { name: 'Logs' }).getByText('It was here').click();
  held.resolve();
  await kept.promise;
  await source.getByRole('radio', { name: 'It was here', checked: true }).waitFor({ state: 'attached' });
  await expect.poll(async () => (await reportOf(key.id)).places['logs']).toEqual({ state: 'found', note: 'line 7' });
});

test('A17 A19 a leaked key that works again says so; it gets a new value in place, or is deleted', async () => {
  const key = await console.newKey();
  const report = await open(key);
  await console.app.api('POST', `/keys/${key.id}/enable`);
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/leaks/${report.id}`);
  const stop = step(page, '1. Stop the key');
  await stop.getByText('It still works!').waitFor();
  await stop.getByRole('button', { name: 'Disable it now' }).click();
  await stop.getByText('every call with it is refused').waitFor();
  expect(await console.chat(key.value)).toBe(401);

  await page.getByRole('button', { name: 'Give this key a new value instead' }).click();
  const once = page.getByRole('dialog', { name: `The value of ${key.name}` });
  const value = await once.getByRole('textbox', { name: 'Copy the key' }).inputValue();
  await once.getByLabel('I have saved it').check();
  await once.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Enable it with its new value' }).click();
  await stop.getByText('It has a new value').waitFor();
  expect([await console.chat(value), await console.chat(key.value)]).toEqual([200, 401]);

  await stop.getByRole('button', { name: 'Delete it for good' }).click();
  const deletion = page.getByRole('dialog', { name: 'Confirm deleting the API key' });
  await deletion.getByRole('button', { name: 'Delete for good' }).click();
  await stop.getByText('It is deleted').waitFor();
  expect((await reportOf(key.id)).stopped).toBe('deleted');
  expect(faults).toEqual([]);
});

test('A20 a report with steps left is closed with a reason only', async () => {
  const key = await console.newKey();
  const report = await open(key);
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/leaks/${report.id}`);
  await page.getByRole('button', { name: 'Close the report' }).click();
  const dialog = page.getByRole('dialog', { name: 'Close the report' });
  await dialog.getByText('Check its use, Replace it, Find the source').waitFor();
  expect(await dialog.getByRole('button', { name: 'Close the report' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Why need these not be done?').fill('it was a test key');
  await dialog.getByRole('button', { name: 'Close the report' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('it was a test key').waitFor();
  expect(await reportOf(key.id)).toMatchObject({ status: 'closed', reason: 'it was a test key' });
  expect(await page.getByRole('button', { name: 'Disable it now' }).count()).toBe(0);
});

test('A17 what a finder reports stands in the list, with who and where; one reports from the list too', async () => {
  const found = await console.newKey();
  await console.app.api('POST', '/found-keys', { key: found.value, foundAt: 'a public forum' }, { key: null });
  await expect.poll(() => reportsOf(found.id)).toHaveLength(1);
  const chosen = await console.newKey();
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/leaks?origin=finder`);
  const row = page.getByRole('row').filter({ hasText: found.name });
  await row.getByText('A finder').waitFor();
  await row.getByText('a public forum').waitFor();
  await row.getByText('1 of 4 steps done').waitFor();
  await page.getByRole('button', { name: 'Report a leaked key' }).click();
  const asked = page.getByRole('dialog', { name: 'Which key leaked?' });
  expect(await asked.getByRole('button', { name: 'Disable it' }).isDisabled()).toBe(true);
  await asked.getByRole('combobox', { name: 'Choose the key' }).fill(chosen.name);
  await page.getByTitle(chosen.name).click();
  await asked.getByRole('button', { name: 'Disable it' }).click();
  await page.getByRole('heading', { name: `${chosen.name} leaked` }).waitFor();
  expect(await console.chat(chosen.value)).toBe(401);
  expect(faults).toEqual([]);
});

test('A17 a member of another project sees neither the list nor a report', async () => {
  const report = await open(await console.newKey());
  const other = await console.app.api<{ id: string }>('POST', '/projects', { name: 'Elsewhere', accountId });
  const member = await newLogin(console, { projectId: other.body.id, role: 'member' });
  const { page } = await console.signedIn({}, member);
  await page.goto(`/projects/${projectId}/leaks/${report.id}`);
  await page.getByText('Not found').waitFor();
  expect(await page.getByText('Stop the key').count()).toBe(0);
});

test.each(LOOKS)(
  'T39 the pages of leaks, $locale, $colorScheme, $viewport.width wide',
  { timeout: 180_000 },
  async (look) => {
    const key = await console.newKey();
    for (let calls = 0; calls < 3; calls += 1) await console.chat(key.value);
    const report = await open(key, {
      foundAt: 'https://example.com/a/very/long/address/of/a/paste/where/it/was/found',
    });
    const empty = await console.app.api<{ id: string }>('POST', '/projects', { name: 'Empty', accountId });
    const { page, faults } = await console.signedIn(look);
    for (const [name, path] of [
      ['leak', `/projects/${projectId}/leaks/${report.id}`],
      ['leaks', `/projects/${projectId}/leaks`],
      ['leaks-empty', `/projects/${empty.body.id}/leaks`],
      ['leaks-account', `/accounts/${accountId}/leaks`],
    ] as const) {
      await page.goto(path);
      expect(await console.look(page, name), name).toEqual([]);
    }
    expect(faults).toEqual([]);
  },
);
