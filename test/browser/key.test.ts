// The page of one key as a person meets it, in a real browser, against a real Keyward.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, newLogin, row, startConsole, type TestConsole } from '../kit/browser.ts';
import type { MadeKey } from '../kit/consoleData.ts';

let console: TestConsole;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId } = console);
});
afterAll(() => console.close());

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

test('V13 A18 the first look at a key shows what it did in 30 days, and leads to its limits', async () => {
  const key = await console.newKey({ limits: [{ unit: 'requests', amount: 9, window: { kind: 'lifetime' } }] });
  expect([await console.chat(key.value), await console.chat(key.value)]).toEqual([200, 200]);
  await expect
    .poll(async () => (await console.send<{ lastUsedAt: string | null }>('GET', `/keys/${key.id}`)).lastUsedAt, {
      timeout: 15_000,
    })
    .not.toBeNull();
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('img', { name: /^Requests per day; the most, 2, on / }).waitFor();
  await page.getByRole('link', { name: 'Change', exact: true }).click();
  await page.getByRole('button', { name: 'Set a limit' }).waitFor();
  await expect.poll(() => page.url()).toContain('tab=limits');
  // A key that nobody has called with has nothing to show.
  const unused = await console.newKey();
  await page.goto(`/keys/${unused.id}`);
  await page.getByText('"model": "demo"').waitFor();
  expect(await page.getByText('The last 30 days').count()).toBe(0);
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
