// Who may see what in pages: nothing of others in a page, its title, the finder or an answer; no page of the list that is shut.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLogin, startConsole, type Login, type TestConsole } from '../kit/browser.ts';
import { settled } from '../kit/settled.ts';
import { signedIn } from '../kit/people.ts';

let console: TestConsole;
let accountId: string;
let projectId: string;
let member: Login;
/** Of the member, and of somebody else. */
let theirs: { id: string };
let hidden: { id: string; value: string };
let reportId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ accountId, projectId } = await console.newPlace('Zebra'));
  member = await newLogin(console, { projectId, role: 'member' });
  const browser = await signedIn(console.app.url, member.email, member.password);
  const own = await browser.call('POST', `/projects/${projectId}/keys`, { name: 'owl', scope: { mode: 'all' } });
  theirs = own.body;
  hidden = await console.newKey({ name: 'Zebra hidden', description: 'Zebra described' }, projectId);
  await console.chat(hidden.value);
  await console.send('POST', `/projects/${projectId}/endpoints`, { name: 'Zebra endpoint', modelId: 'demo' });
  await console.send('POST', `/accounts/${accountId}/limit-templates`, { name: 'Zebra template' });
  for (const { id } of [hidden, theirs])
    ({ id: reportId } = await console.send('POST', `/keys/${id}/leak-reports`, { foundAt: 'Zebra paste' }));
});
afterAll(() => console.close());

const allow = (memberAccess: string) => console.send('PATCH', `/projects/${projectId}/security`, { memberAccess });

/** Every answer and everything shown from now on that has one of the words; `all()` waits for what is under way. */
function watch(page: Page, words: readonly string[]) {
  const seen: string[] = [];
  const reading: Promise<void>[] = [];
  const look = (where: string, text: string): void => {
    for (const word of words) if (text.includes(word)) seen.push(`${word} in ${where}`);
  };
  page.on('response', (answer) => {
    const { pathname, search } = new URL(answer.url());
    if (pathname.startsWith('/api/'))
      reading.push(
        answer.text().then(
          (text) => look(`${pathname}${search}`, text),
          () => undefined,
        ),
      );
  });
  return {
    async look(path: string): Promise<string> {
      const shown = await page.evaluate<string>(`document.title + ' ' + document.body.innerText`);
      look(`the page ${path}`, shown);
      return shown;
    },
    async visit(path: string): Promise<string> {
      await page.goto(path);
      await page.locator('main h1').first().waitFor();
      await settled(page);
      return this.look(path);
    },
    async all(): Promise<string[]> {
      await Promise.all(reading);
      return seen;
    },
  };
}

const ofProject = () =>
  ['keys', 'models', 'endpoints', 'services', 'usage', 'requests', 'leaks', `leaks/${reportId}`, 'notices', 'hygiene']
    .concat(['members', 'security', 'settings', 'audit'])
    .map((page) => `/projects/${projectId}/${page}`);
const ofAccount = () =>
  ['keys', 'hygiene', 'members', 'usage', 'leaks', 'notices', 'notices?tab=webhooks', 'quota', 'limit-templates']
    .concat(['settings', 'audit'])
    .map((page) => `/accounts/${accountId}/${page}`);
const OF_PLATFORM = ['accounts', 'people', 'quota-requests', 'providers', 'models', 'groups', 'system'];

test('Z19 V05 the owner of another account sees nothing of this one at any address, in the finder or in an answer', async () => {
  const other = await console.newPlace('Quiet');
  const owner = await newLogin(console, { accountId: other.accountId, role: 'owner' });
  const { page, faults } = await console.signedIn({}, owner);
  const eyes = watch(page, ['Zebra', member.email]);
  const addresses = [
    ...ofProject(),
    ...ofAccount(),
    ...OF_PLATFORM.map((one) => `/platform/${one}`),
    `/platform/accounts/${accountId}`,
    `/keys/${hidden.id}`,
    `/keys/${hidden.id}?tab=audit`,
  ];
  for (const path of addresses) {
    await page.goto(path);
    await page
      .getByText(/not yours to see|not open to you/)
      .first()
      .waitFor();
    await eyes.look(path);
  }
  await eyes.visit(`/projects/${projectId}/keys`);
  await page.keyboard.press('Control+k');
  await page.locator('.finder').waitFor();
  await page.keyboard.type('zeb');
  await page.locator('.finder').getByRole('status').filter({ hasText: 'Nothing fits.' }).waitFor();
  expect(await eyes.all()).toEqual([]);
  expect(faults).toEqual([]);
});

test.each(['own', 'none'])(
  'V26 V27 Z04 no page in the list of a member with access to %s keys is shut to them',
  async (access) => {
    await allow(access);
    const { page, faults } = await console.signedIn({}, member);
    await page.goto(`/projects/${projectId}/models`);
    await page.locator('main h1').waitFor();
    await settled(page);
    const places = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.shell-nav a')].map((link) => link.getAttribute('href'))`,
    );
    expect(places.some((place) => place.endsWith('/keys'))).toBe(access === 'own');
    const eyes = watch(page, ['Zebra hidden', hidden.id]);
    for (const place of places) expect(await eyes.visit(place), place).not.toMatch(/not yours to see|not open to you/);
    expect(await eyes.all()).toEqual([]);
    expect(faults).toEqual([]);
    await allow('all');
  },
);

test('V26 V27 Z04 who sees only their own keys chooses one to see its leaks and notices, and no other is offered', async () => {
  await allow('own');
  const { page, faults } = await console.signedIn({}, member);
  const eyes = watch(page, ['Zebra hidden', hidden.id]);
  for (const place of ['leaks', 'notices']) {
    await eyes.visit(`/projects/${projectId}/${place}`);
    await page.getByText('In this project you see your own keys').waitFor();
    await page.getByRole('combobox', { name: 'Key', exact: true }).click();
    const offered = page.locator('.ant-select-item-option');
    await offered.filter({ hasText: 'owl' }).waitFor();
    expect(await offered.count()).toBe(1);
    await page.keyboard.press('Enter');
    await page.getByRole('table').getByRole('link', { name: 'owl' }).waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('keyId')).toBe(theirs.id);
  }
  expect(await eyes.all()).toEqual([]);
  expect(faults).toEqual([]);
  await allow('all');
});

test('Z19 what is not open offers no second try, no filter that changes nothing and no file that cannot be had', async () => {
  const { page } = await console.signedIn({}, member);
  await page.goto(`/projects/${projectId}/audit`);
  await page.getByText('This is not open to you').waitFor();
  expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
  expect(await page.getByText(/^Export/).count()).toBe(0);
});

test('what stands in the browser’s storage and cannot be read is left out, and no page is blank for it', async () => {
  for (const kept of ['{', 'null', '[]', '"dark"', '{"theme":{},"language":7}']) {
    const { page, faults } = await console.open();
    await page.addInitScript(`localStorage.setItem('keyward.appearance', ${JSON.stringify(kept)})`);
    await page.goto('/sign-in');
    await page.locator('input[type=email]').waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  }
});

test('usage and requests say that the server cannot be asked what one may see, and ask again', async () => {
  const { page } = await console.signedIn({}, member);
  for (const place of ['usage', 'requests']) {
    let isDown = true;
    await page.route(`**/api/v1/projects/${projectId}/permissions`, (route) =>
      isDown ? route.fulfill({ status: 500, body: 'no' }) : route.continue(),
    );
    await page.goto(`/projects/${projectId}/${place}`);
    await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
    isDown = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('combobox').first().waitFor();
    expect(await page.getByRole('alert').getByText('This did not work').count()).toBe(0);
    await page.unroute(`**/api/v1/projects/${projectId}/permissions`);
  }
});

test('sums that cannot be had are not shown as nothing', async () => {
  const { page } = await console.signedIn();
  await page.route('**/api/v1/usage?*', (route) => route.fulfill({ status: 500, body: 'no' }));
  await page.goto(`/projects/${projectId}/usage`);
  await page.getByRole('alert').getByText('This did not work').waitFor();
  expect(await page.getByText('Nothing was used in this time').count()).toBe(0);
  await page.unroute('**/api/v1/usage?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('table').getByText('Zebra hidden').waitFor();
});
