// The operator's catalogue: providers, models with their prices, groups; and the first day of a platform.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, startConsole, type TestConsole } from '../kit/browser.ts';
import { newBrowser } from '../kit/people.ts';
import { answerJson, chatBody, startUpstream, type FakeUpstream } from '../kit/upstream.ts';

let console: TestConsole;
let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startUpstream((response, seen) =>
    answerJson(seen.url.endsWith('/models') ? { object: 'list', data: [] } : chatBody())(response, seen),
  );
  console = await startConsole();
});
afterAll(async () => {
  await console.close();
  await upstream.close();
});

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const made = async (path: string, body: object) => (await console.app.api<{ id: string }>('POST', path, body)).body.id;
const newProvider = (name: string) =>
  made('/providers', { name, kind: 'openai', baseUrl: upstream.url, credential: 'sk-upstream' });

test('the first day: a provider is tested, a model priced, an account made, its owner invited, and their key calls the model', async () => {
  const { page, faults } = await console.signedIn();
  await page.getByRole('link', { name: 'Providers' }).click();
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const provider = page.getByRole('dialog', { name: 'Add a provider' });
  await provider.getByRole('textbox', { name: 'Name' }).fill('Acme AI');
  await provider.getByLabel('Base URL').fill(upstream.url);
  await provider.getByLabel('Credential', { exact: true }).fill('sk-upstream-secret');
  await provider.getByRole('button', { name: 'Create', exact: true }).click();
  // It is tested at once, with its credential.
  await row(page, 'Acme AI').getByText('Acme AI answers.').waitFor();
  expect(await row(page, 'Acme AI').getByRole('status').textContent()).toMatch(/200 after \d+ ms/);
  expect(upstream.seen.at(-1)?.headers.authorization).toBe('Bearer sk-upstream-secret');

  await page.getByRole('link', { name: 'Models and prices' }).click();
  await page.getByRole('button', { name: 'Add a model' }).click();
  const model = page.getByRole('dialog', { name: 'Add a model' });
  await model.getByRole('textbox', { name: /^\W*Name$/ }).fill('acme-large');
  await model.getByLabel('Provider', { exact: true }).click();
  await page.getByTitle('Acme AI').click();
  await model.getByLabel('Name at the provider').fill('large-2026');
  await model.getByLabel('Input').fill('0.25');
  await model.getByLabel('Output').fill('one');
  await model.getByRole('button', { name: 'Create', exact: true }).click();
  await model.getByText('This must be a decimal in a string').waitFor();
  await model.getByLabel('Output').fill('1.25');
  await model.getByRole('button', { name: 'Create', exact: true }).click();
  await row(page, 'acme-large').getByText('1.25').waitFor();

  await page.getByRole('link', { name: 'Accounts' }).click();
  await page.getByRole('button', { name: 'Create account' }).click();
  const account = page.getByRole('dialog', { name: 'Create account' });
  await account.getByRole('textbox', { name: 'Name' }).fill('First customer');
  await account.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('button', { name: 'Invite' }).click();
  const invite = page.getByRole('dialog', { name: 'Invite into First customer' });
  await invite.getByLabel('E-mail').fill('owner@first.test');
  await invite.getByRole('button', { name: 'Make the link' }).click();
  const link = await page.getByRole('textbox', { name: 'Copy the link' }).inputValue();
  expect(faults).toEqual([]);

  // What the owner does is another's first day.
  const owner = newBrowser(console.app.url);
  const accepted = await owner.call('POST', '/invitations/accept', {
    token: link.split('#')[1],
    name: 'Owner',
    password: 'a-long-password-of-an-owner',
  });
  expect(accepted.status).toBe(200);
  const accounts = await owner.call('GET', '/accounts');
  const project = await owner.call('POST', '/projects', { name: 'Shop', accountId: accounts.body.data[0].id });
  const answer = await fetch(`${console.app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${project.body.defaultKey.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'acme-large', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(answer.status).toBe(200);
  await answer.text();
  expect(JSON.parse(upstream.seen.at(-1)?.body.toString() ?? '')).toMatchObject({ model: 'large-2026' });
  const usage = await owner.call('GET', `/usage?projectId=${project.body.id}&groupBy=model`);
  // 11 tokens at 0.25 and 7 at 1.25 per million.
  expect(usage.body.data).toMatchObject([{ group: { model: 'acme-large' }, requests: 1, cost: '0.0000115' }]);
});

test('what was added leads on: a provider to its models, and a model to how it is called', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto('/platform/providers');
  await page.getByRole('button', { name: 'Add a provider' }).click();
  const provider = page.getByRole('dialog', { name: 'Add a provider' });
  await provider.getByRole('textbox', { name: 'Name' }).fill('Leading');
  await provider.getByLabel('Base URL').fill(upstream.url);
  await provider.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('button', { name: 'Add its models' }).click();
  const model = page.getByRole('dialog', { name: 'Add a model' });
  await model.getByTitle('Leading').waitFor();
  await model.getByRole('textbox', { name: /^\W*Name$/ }).fill('led-to');
  await model.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('button', { name: 'Try it', exact: true }).click();
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/projects\/[^/]+\/models$/);
  await page.getByRole('dialog', { name: 'How to call led-to' }).getByText('"model": "led-to"').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => new URL(page.url()).searchParams.has('open')).toBe(false);
  expect(faults).toEqual([]);
});

test('X03 a credential is written and never shown, stays when nothing is typed, and can be removed', async () => {
  const id = await newProvider('Kept secret');
  const { page } = await console.signedIn();
  await page.goto(`/platform/providers?open=${id}`);
  const drawer = page.getByRole('dialog', { name: 'Edit Kept secret' });
  expect(await drawer.getByLabel('Credential', { exact: true }).inputValue()).toBe('');
  await drawer.getByRole('textbox', { name: 'Name' }).fill('Kept still');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await row(page, 'Kept still').getByText('answers').waitFor();
  expect(upstream.seen.at(-1)?.headers.authorization).toBe('Bearer sk-upstream');
  expect(await page.content()).not.toContain('sk-upstream');
  await row(page, 'Kept still').getByRole('link').click();
  await page.getByLabel('Remove the stored credential').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(async () => (await console.app.api('GET', `/providers/${id}`)).body)
    .toMatchObject({ hasCredential: false, name: 'Kept still' });
});

test('a test that fails says why; a provider that serves models names them instead of going', async () => {
  const id = await newProvider('Busy');
  await made('/models', { name: 'served-by-busy', providerId: id });
  const dead = await made('/providers', { name: 'Dead', kind: 'openai', baseUrl: 'http://127.0.0.1:9/v1' });
  const { page } = await console.signedIn();
  await page.goto('/platform/providers');
  await page.getByRole('button', { name: 'Test Dead' }).click();
  await row(page, 'Dead').getByText('Given up after').waitFor();
  await row(page, 'Dead').getByText('could not be reached').waitFor();
  const { page: chinese } = await console.signedIn({ locale: 'zh-CN' });
  await chinese.goto('/platform/providers');
  await row(chinese, 'Dead').getByRole('button').first().click();
  await row(chinese, 'Dead').getByText('无法连接供应商').waitFor();
  await page.getByRole('button', { name: 'Delete Busy' }).click();
  const question = page.getByRole('dialog', { name: 'Delete Busy?' });
  await question.getByText('It serves served-by-busy').waitFor();
  expect(await question.getByRole('button', { name: 'Delete', exact: true }).isDisabled()).toBe(true);
  await question.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Delete Dead' }).click();
  await page.getByRole('dialog', { name: 'Delete Dead?' }).getByRole('button', { name: 'Delete', exact: true }).click();
  await row(page, 'Dead').waitFor({ state: 'hidden' });
  expect((await console.app.api('GET', `/providers/${dead}`)).status).toBe(404);
});

test('a price list is looked at before it is imported, and each entry says what becomes of it', async () => {
  const providerId = await newProvider('Listed');
  await made('/models', { name: 'known-model', providerId });
  const entry = { litellm_provider: 'openai', mode: 'chat', input_cost_per_token: 2.5e-7, output_cost_per_token: 2e-6 };
  const list = { 'new-model': entry, 'known-model': entry, 'an-image': { ...entry, mode: 'image_generation' } };
  const names = async () =>
    (
      await console.app.api<{ data: { name: string; prices: object | null }[] }>(
        'GET',
        `/models?providerId=${providerId}`,
      )
    ).body.data;
  const { page } = await console.signedIn();
  await page.goto('/platform/models');
  await page.getByRole('button', { name: 'Import prices' }).click();
  const drawer = page.getByRole('dialog', { name: 'Import models and prices' });
  await drawer.getByLabel('Provider', { exact: true }).click();
  await page.getByTitle('Listed').click();
  await drawer.getByLabel('The list').fill('{"new-model": ');
  await drawer.getByRole('button', { name: 'Look first' }).click();
  await drawer.getByText('This is not JSON').waitFor();
  const chosen = { name: 'prices.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(list)) };
  await drawer.locator('input[type=file]').setInputFiles(chosen);
  await drawer.getByRole('button', { name: 'Look first' }).click();
  await drawer.getByText('1 would be created, 1 get new prices, 1 are left out.').waitFor();
  await row(page, 'an-image').getByText('Left out').waitFor();
  expect((await names()).map(({ name }) => name)).toEqual(['known-model']);
  await drawer.getByRole('button', { name: 'Import', exact: true }).click();
  await drawer.waitFor({ state: 'hidden' });
  expect(await names()).toMatchObject([
    { name: 'new-model', prices: { inputPerMillion: '0.25', outputPerMillion: '2' } },
    { name: 'known-model', prices: { inputPerMillion: '0.25' } },
  ]);
  await page.getByRole('textbox', { name: 'Name of a model' }).fill('new-mo');
  await row(page, 'known-model').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Delete new-model' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('No model fits this search.').waitFor();
  expect((await names()).map(({ name }) => name)).toEqual(['known-model']);
});

test('A03 a group is made for chosen models and accounts, at a multiple of the prices, and changed', async () => {
  const providerId = await newProvider('Tiered');
  await made('/models', { name: 'tier-model', providerId });
  const accountId = await made('/accounts', { name: 'Tier account' });
  const { page, faults } = await console.signedIn();
  await page.goto('/platform/groups');
  await page.getByRole('button', { name: 'Add a group' }).click();
  const drawer = page.getByRole('dialog', { name: 'Add a group' });
  await drawer.getByRole('textbox', { name: 'Name' }).fill('gold');
  await drawer.getByLabel('Price multiplier').fill('0,8');
  await drawer.getByLabel('Only chosen ones').check();
  await drawer.getByLabel('Models, and all that a provider serves').click();
  await page.getByTitle('tier-model').click();
  await page.keyboard.press('Escape');
  await drawer.getByLabel('Only keys of chosen accounts and projects').check();
  await drawer.getByLabel('Accounts and projects', { exact: true }).fill('Tier');
  await page.keyboard.press('Enter');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.getByText('This must be a decimal in a string, like "0.8"').waitFor();
  await drawer.getByLabel('Price multiplier').fill('0.8');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await row(page, 'gold').getByText('× 0.8').waitFor();
  const groups = async () => (await console.app.api<{ data: object[] }>('GET', '/groups')).body.data;
  expect(await groups()).toMatchObject([
    {
      name: 'gold',
      priceMultiplier: '0.8',
      opens: { mode: 'range', resources: [{ type: 'model' }] },
      openTo: { mode: 'range', places: [{ type: 'account', id: accountId }] },
    },
  ]);
  await row(page, 'gold').getByRole('link').click();
  const edit = page.getByRole('dialog', { name: 'Edit gold' });
  await edit.getByLabel('Every model').check();
  await edit.getByRole('button', { name: 'Save' }).click();
  await row(page, 'gold').getByText('Every model').waitFor();
  expect(await groups()).toMatchObject([{ opens: { mode: 'all' }, openTo: { mode: 'range' } }]);
  expect(faults).toEqual([]);
});

test('T39 providers, models and groups are fit for everybody, at a desk and in the hand, full and empty', async () => {
  const id = await newProvider('Looked at');
  await made('/models', { name: 'a/very-long/name-of-a-model:with-everything-in-it-2026-11-21', providerId: id });
  await made('/groups', { name: 'seen', description: 'for those who look' });
  for (const look of LOOKS) {
    const { page } = await console.signedIn(look);
    for (const [path, name] of [
      [`providers?open=${id}`, 'platform-provider'],
      ['providers', 'platform-providers'],
      ['models', 'platform-models'],
      ['models?search=nothing', 'platform-models-empty'],
      ['groups', 'platform-groups'],
    ] as const) {
      await page.goto(`/platform/${path}`);
      expect(await console.look(page, name), name).toEqual([]);
    }
  }
});
