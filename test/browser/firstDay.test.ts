// The first day of an account's admin and of a member, from the link they were given to a key that is under control.

import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { AuthenticationError, NotFoundError, RateLimitError } from 'openai';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
let accountId: string;

beforeAll(async () => {
  console = await startConsole();
  accountId = (await make('/accounts', { name: 'Acme' })).id;
  const { body } = await console.app.api<{ data: { id: string; kind: string }[] }>('GET', '/providers');
  const providerId = body.data.find(({ kind }) => kind === 'demo')?.id;
  await make('/models', { name: 'another-model', providerId, prices: { inputPerMillion: '1', outputPerMillion: '1' } });
});
afterAll(() => console.close());

const make = (path: string, body: object) => made(console.app, path, body);
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const openai = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${console.app.url}/v1`, maxRetries: 0 });
const anthropic = (apiKey: string) => new Anthropic({ apiKey, baseURL: console.app.url, maxRetries: 0 });
const messages: { role: 'user'; content: string }[] = [{ role: 'user', content: 'Hello!' }];
const chat = (apiKey: string, model = 'demo') => openai(apiKey).chat.completions.create({ model, messages });

/** What a dialog shows this once; it is put away. */
async function keepValue(page: Page, name: string): Promise<string> {
  const once = page.getByRole('dialog', { name: `The value of ${name}` });
  const value = await once.getByLabel('Copy the key').first().inputValue();
  await once.getByLabel('I have saved it').check();
  await once.getByRole('button', { name: 'Done' }).click();
  await once.waitFor({ state: 'hidden' });
  return value;
}

test(
  'V02 V03 V04 A12 A13 Z02 Z03 the first day of an admin: join, project, key, calls, use, limit, rotation, stop',
  { timeout: 120_000 },
  async () => {
    const { body } = await console.app.api<{ link: { url: string } }>('POST', '/invitations', {
      email: 'ana@example.com',
      accountId,
      role: 'admin',
    });
    const { page, faults } = await console.open();
    await page.goto(body.link.url);
    await page.getByLabel('Your name').fill('Ana');
    await page.getByLabel('Password', { exact: true }).fill('violet harbour lantern');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByRole('heading', { name: 'All projects' }).waitFor();

    // A project of its own for the application (A12); its default key opens everything in it.
    await page.getByRole('button', { name: 'Create project' }).click();
    const project = page.getByRole('dialog', { name: 'Create project' });
    await project.getByLabel('Name').fill('Shop');
    await project.getByRole('button', { name: 'Create', exact: true }).click();
    const everything = await keepValue(page, 'default');
    await row(page, 'Default').waitFor();
    expect((await chat(everything, 'another-model')).object).toBe('chat.completion');

    // A key for production (A13), for one model, from here, for three calls.
    await page.getByRole('button', { name: 'Create key' }).click();
    const drawer = page.getByRole('dialog', { name: 'Create a key' });
    await drawer.getByLabel('Name').fill('prod-api');
    await drawer.getByLabel('Environment').fill('prod');
    await drawer.getByText('Chosen', { exact: true }).click();
    await drawer.locator('.ant-transfer-section').first().getByText('demo', { exact: true }).click();
    await drawer.getByRole('button', { name: 'Choose' }).click();
    await drawer.getByRole('button', { name: 'Add my address' }).click();
    await drawer.getByRole('button', { name: 'Quota' }).click();
    await drawer.getByLabel('What is counted').click();
    await page.getByTitle('Requests', { exact: true }).click();
    await drawer.getByLabel('Amount').fill('3');
    await drawer.getByRole('button', { name: 'Create', exact: true }).click();
    const value = await keepValue(page, 'prod-api');
    expect(value).not.toBe(everything);

    const answer = await chat(value);
    expect(answer.choices[0]?.message.content?.length).toBeGreaterThan(0);
    const message = await anthropic(value).messages.create({ model: 'demo', max_tokens: 50, messages });
    expect(message.usage.output_tokens).toBeGreaterThan(0);
    await expect(chat(value, 'another-model')).rejects.toBeInstanceOf(NotFoundError);

    await page.getByRole('link', { name: 'Usage', exact: true }).click();
    await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
    await row(page, 'prod-api').waitFor();
    await row(page, 'prod-api').getByRole('cell', { name: '2', exact: true }).waitFor();

    await chat(value);
    await expect(chat(value)).rejects.toBeInstanceOf(RateLimitError);
    await page.getByRole('link', { name: 'API keys', exact: true }).click();
    await row(page, 'prod-api').getByRole('link', { name: 'prod-api' }).click();
    await page.getByText('Used up').waitFor();
    await page.getByRole('tab', { name: 'Limits' }).click();
    const limit = page.locator('.cards > div').filter({ hasText: 'Requests' });
    await limit.getByText('3 / 3').waitFor();
    await limit.getByRole('button', { name: 'Change' }).click();
    const change = page.getByRole('dialog', { name: 'Change the limit: Requests' });
    await change.getByLabel('Amount').fill('20');
    await change.getByRole('button', { name: 'Save' }).click();
    await limit.getByText('3 / 20').waitFor();
    await chat(value);

    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    const next = await keepValue(page, 'prod-api');
    await Promise.all([chat(next), chat(value)]);

    await page.getByRole('switch').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    // The switch shows at once what was asked for; the words come with the server's answer.
    await page.getByText('prod-api is disabled.').waitFor();
    for (const one of [next, value]) await expect(chat(one)).rejects.toBeInstanceOf(AuthenticationError);
    await chat(everything);
    expect(faults).toEqual([]);
  },
);

test('V04 V29 Z12 the first day of a member who manages only their own keys', { timeout: 180_000 }, async () => {
  const project = await make('/projects', { accountId, name: 'Search', defaultKey: false });
  await console.app.api('PATCH', `/projects/${project.id}/security`, { memberAccess: 'own' });
  const others = await make(`/projects/${project.id}/keys`, { name: 'of-the-admin', scope: { mode: 'all' } });
  const member = await newLogin(console, { projectId: project.id, role: 'member' });
  const { page, faults } = await console.signedIn({}, member);
  await page.getByText('No keys yet.').waitFor();
  expect(await page.getByRole('button', { name: 'Project: Search' }).count()).toBe(1);
  await page.getByRole('button', { name: 'Create the first key' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name').fill('mine');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  const value = await keepValue(page, 'mine');
  await row(page, 'mine').waitFor();
  expect(await row(page, 'of-the-admin').count()).toBe(0);
  expect((await chat(value)).object).toBe('chat.completion');

  // Neither by its address nor by the API, which answer as if it were not there.
  await page.goto(`/keys/${others.id}`);
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
  const refused = await page.evaluate<number>(
    `fetch('/api/v1/keys/${others.id}/disable', { method: 'POST', headers: { 'x-keyward-csrf': '1' } }).then(({ status }) => status)`,
  );
  expect(refused).toBe(404);
  expect((await chat(others.value)).object).toBe('chat.completion');

  await page.goto('/help');
  await page.getByText('of 3 done').waitFor();
  await page.getByRole('link', { name: 'Keyward', exact: true }).click();
  await row(page, 'mine').getByRole('link', { name: 'mine' }).click();
  await page.getByRole('link', { name: 'Usage of this key' }).click();
  await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
  await row(page, '127.0.0.1').waitFor();
  await page.getByRole('link', { name: 'API keys', exact: true }).click();
  await row(page, 'mine').getByRole('switch').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await page.getByText('mine is disabled.').waitFor();
  await expect(chat(value)).rejects.toBeInstanceOf(AuthenticationError);
  expect(faults).toEqual([]);
});
