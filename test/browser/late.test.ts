// What comes late or not at all, and what somebody else changed meanwhile.

import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLogin, row, startConsole, type TestConsole } from '../kit/browser.ts';
import { settled } from '../kit/settled.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly expiresAt: string | null;
}
const keysOf = async (projectId: string) =>
  (await console.send<{ data: Listed[] }>('GET', `/projects/${projectId}/keys?limit=200`)).data.toReversed();
const drawer = (page: Page) => page.getByRole('dialog', { name: 'Create a key' });
const value = (page: Page) => page.getByRole('textbox', { name: 'Copy the key' });

/** Opens the form of a new key and sends it. */
async function sendKey(page: Page, projectId: string, name: string): Promise<void> {
  await page.goto(`/projects/${projectId}/keys?create=true`);
  await drawer(page).getByLabel('Name').fill(name);
  await drawer(page).getByRole('button', { name: 'Create', exact: true }).click();
}

/** Holds what a page asks until it is let go. */
function held(): { hold: (route: Route) => Promise<void>; asked: Promise<void>; letGo: () => void } {
  const asked = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  return {
    hold: async (route) => {
      asked.resolve();
      await free.promise;
      await route.continue();
    },
    asked: asked.promise,
    letGo: free.resolve,
  };
}

test('T26 a form whose answer is on its way stays until it came: neither its buttons nor the way back lose the value', async () => {
  const { projectId } = await console.newPlace('Slow');
  const { page, faults } = await console.signedIn();
  const { hold, asked, letGo } = held();
  await page.goto(`/projects/${projectId}/usage`);
  await page.route(`**/api/v1/projects/${projectId}/keys`, (route) =>
    route.request().method() === 'POST' ? hold(route) : route.continue(),
  );
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'Create key' }).first().click();
  await drawer(page).getByLabel('Name').fill('waited-for');
  await drawer(page).getByRole('button', { name: 'Create', exact: true }).click();
  await asked;
  expect(await drawer(page).getByRole('button', { name: 'Cancel' }).isDisabled()).toBe(true);
  await page.keyboard.press('Escape');
  await page.goBack();
  await page.waitForURL('**/keys*');
  expect(await drawer(page).isVisible()).toBe(true);
  letGo();
  expect(await value(page).inputValue()).toMatch(/^kw_/);
  expect((await keysOf(projectId)).map(({ name }) => name)).toEqual(['waited-for']);
  expect(faults).toEqual([]);
});

test.each([
  ['nothing', (route: Route) => route.abort()],
  ['the answer of something in between', (route: Route) => route.fulfill({ status: 504, body: 'Gateway Timeout' })],
  ['the refusal of something in between', (route: Route) => route.fulfill({ status: 403, body: '<h1>Blocked</h1>' })],
  ['the page of a hotel', (route: Route) => route.fulfill({ contentType: 'text/html', body: '<h1>Welcome</h1>' })],
  ['half of it', (route: Route) => route.fulfill({ status: 201, contentType: 'application/json', body: '{"id":"k' })],
])(
  'a key whose answer got lost, with %s in its place, is made once, and it is said how to get at its value',
  async (_, lose) => {
    const { projectId } = await console.newPlace('Lossy');
    const { page } = await console.signedIn();
    let isLost = false;
    await page.route(`**/api/v1/projects/${projectId}/keys`, async (route) => {
      if (route.request().method() !== 'POST' || isLost) return route.continue();
      isLost = true;
      await route.fetch();
      return lose(route);
    });
    await sendKey(page, projectId, 'made-once');
    await drawer(page).getByText('The server cannot be reached.').waitFor();
    await drawer(page).getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('its value was shown then. Rotate it').waitFor();
    expect((await keysOf(projectId)).map(({ name }) => name)).toEqual(['made-once']);
  },
);

/** Ends what a page waits for only when it is told to; answers how long each would have been waited for. */
async function stopTime(page: Page): Promise<{ runOut: () => Promise<number[]> }> {
  await page.addInitScript(`
    window.waits = [];
    AbortSignal.timeout = (waitMs) => {
      const clock = new AbortController();
      window.waits.push({ waitMs, runOut: () => clock.abort(new DOMException('', 'TimeoutError')) });
      return clock.signal;
    };`);
  return {
    runOut: () => page.evaluate<number[]>(`window.waits.splice(0).map(({ waitMs, runOut }) => (runOut(), waitMs))`),
  };
}

test.each([
  ['en-US', 'The server did not answer in time.', 'Create', 'its value was shown then. Rotate it'],
  ['zh-CN', '服务器未及时响应', '创建', '轮换'],
])(
  'T26 T39 a form that gets no answer in a minute says so, and can be sent again: what was made is made once, %s',
  async (locale, said, create, after) => {
    const { projectId } = await console.newPlace(`Silent ${locale}`);
    const { page } = await console.signedIn({ locale });
    const { runOut } = await stopTime(page);
    const made = Promise.withResolvers<void>();
    let isFirst = true;
    await page.route(`**/api/v1/projects/${projectId}/keys`, async (route) => {
      if (route.request().method() !== 'POST' || !isFirst) return route.continue();
      isFirst = false;
      await route.fetch();
      // It is done, and nobody is told.
      made.resolve();
    });
    await page.goto(`/projects/${projectId}/keys?create=true`);
    const form = page.getByRole('dialog');
    await form.getByRole('combobox').first().fill('made-once');
    const button = form.getByRole('button', { name: create, exact: true });
    await button.click();
    await made.promise;
    expect(await form.getByText(said).count()).toBe(0);
    expect(new Set(await runOut())).toEqual(new Set([60_000]));
    await form.getByText(said).waitFor();
    await button.click();
    await page.getByText(after).first().waitFor();
    expect((await keysOf(projectId)).map(({ name }) => name)).toEqual(['made-once']);
  },
);

test('an answer that breaks off in the middle is as lost as one that never came', async () => {
  const { projectId } = await console.newPlace('Broken');
  const { page } = await console.signedIn();
  await page.addInitScript(`
    const text = Response.prototype.text;
    Response.prototype.text = function () {
      return this.url.includes('/keys?') ? Promise.reject(new TypeError('network error')) : text.call(this);
    };`);
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByText('The server cannot be reached.').first().waitFor();
  expect(await page.getByText('network error').count()).toBe(0);
});

test('the checks of all that is kept, and imports, are given ten minutes', async () => {
  const { page } = await console.signedIn();
  const { runOut } = await stopTime(page);
  const asked = Promise.withResolvers<void>();
  await page.route('**/api/v1/ledger/verify', () => asked.resolve());
  await page.goto('/platform/system');
  await page.getByRole('button', { name: 'Compare now' }).click();
  await asked.promise;
  expect(await runOut()).toContain(600_000);
  await page.getByText('The server did not answer in time.').waitFor();
});

test('a project whose answer got lost can be made under another name', async () => {
  const { page } = await console.signedIn();
  let isLost = false;
  await page.route('**/api/v1/projects', async (route) => {
    if (route.request().method() !== 'POST' || isLost) return route.continue();
    isLost = true;
    await route.fetch();
    return route.abort();
  });
  await page.goto('/projects');
  await page.getByRole('button', { name: 'Create project' }).click();
  const form = page.getByRole('dialog', { name: 'Create project' });
  await form.getByLabel('Name').fill('Lost');
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  await form.getByText('The server cannot be reached.').waitFor();
  await form.getByLabel('Name').fill('Found');
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  await form.getByText('Idempotency-Key').waitFor();
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  await value(page).first().waitFor();
  const { data } = await console.send<{ data: { name: string }[] }>('GET', '/projects?limit=200');
  expect(data.filter(({ name }) => name === 'Found')).toHaveLength(1);
});

test.each([
  ['webhook', 'notices?tab=webhooks', '/webhooks', 'Add a webhook', 'Address', 'https://example.com/once', 'Create'],
  ['invitation', 'members', '/invitations', 'Invite', 'E-mail', 'once@example.com', 'Make the link'],
  ['template', 'limit-templates', '/limit-templates', 'Create a template', 'Name', 'Once', 'Create'],
  ['account', null, '/accounts', 'Create account', 'Name', 'Once only', 'Create'],
])(
  'what would be made twice, like this %s, is told to have perhaps been made when its answer got lost, and stands in the list',
  async (what, at, path, open, field, text, confirm) => {
    const { accountId } = await console.newPlace(`Lost ${what}`);
    const { page } = await console.signedIn();
    await page.route(`**/api/v1/**${path}`, async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fetch();
      await route.abort();
    });
    await page.goto(at === null ? '/platform/accounts' : `/accounts/${accountId}/${at}`);
    await page.getByRole('button', { name: open }).first().click();
    const form = page.getByRole('dialog');
    await form.getByLabel(field, { exact: true }).fill(text);
    await form.getByRole('button', { name: confirm, exact: true }).click();
    await form.getByText(`Perhaps the ${what} was made all the same`).waitFor();
    await form.getByRole('button', { name: 'Cancel' }).click();
    const made = page.getByRole('main').getByText(text, { exact: true });
    await made.waitFor();
    expect(await made.count()).toBe(1);
  },
);

test('D23 a rotation whose answer got lost says what may have come of it, and can be undone', async () => {
  const key = await console.newKey();
  const { page } = await console.signedIn();
  await page.route(`**/api/v1/keys/${key.id}/rotate`, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.goto(`/keys/${key.id}?tab=secrets`);
  await page.getByRole('button', { name: 'Rotate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  await dialog.getByText('Perhaps the key has a new value all the same').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Undo the rotation' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo the rotation' }).click();
  await page.getByText('The rotation is undone.').waitFor();
  expect(await console.callModels(key.value)).toBe(200);
});

test('what is open at one key is not at another: a dialog is gone with the page it was opened at', async () => {
  const [first, second] = [await console.newKey(), await console.newKey()];
  const { page } = await console.signedIn();
  await page.goto(`/keys/${second.id}`);
  await page.getByRole('heading', { name: second.name }).waitFor();
  // As the finder leads from one key to another.
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Find' }).getByRole('combobox').fill(first.name);
  await page.getByRole('option', { name: first.name }).first().click();
  await page.getByRole('heading', { name: first.name }).waitFor();
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Description').fill('of the first');
  await page.goBack();
  await page.getByRole('heading', { name: second.name }).waitFor();
  expect(await page.getByRole('dialog').count()).toBe(0);
});

test('keys that were chosen in one project are not in another, and a list that is slow shows none of the one before', async () => {
  const [here, there] = [await console.newPlace('Here'), await console.newPlace('There')];
  await console.newKey({ name: 'of-here' }, here.projectId);
  await console.newKey({ name: 'of-there' }, there.projectId);
  const { page } = await console.signedIn();
  const { hold, asked, letGo } = held();
  await page.goto(`/projects/${here.projectId}/keys`);
  await page.getByRole('checkbox', { name: 'Choose of-here' }).check();
  await page.getByText('1 key chosen').waitFor();
  await page.route(`**/api/v1/projects/${there.projectId}/keys?*`, hold);
  await page.getByRole('button', { name: 'Project: Here Shop' }).click();
  await page.getByRole('combobox', { name: 'Project' }).fill('There');
  await page.getByTitle('There Shop').click();
  await asked;
  await page.getByRole('button', { name: 'Project: There Shop' }).waitFor();
  expect(await page.getByText('of-here').count()).toBe(0);
  letGo();
  await row(page, 'of-there').waitFor();
  expect(await page.getByText('1 key chosen').count()).toBe(0);
});

test('T37 a key that somebody else deleted while many are asked about leaves the question as it is, and is named', async () => {
  const { projectId } = await console.newPlace('Shared');
  const [gone, kept] = [
    await console.newKey({ name: 'gone' }, projectId),
    await console.newKey({ name: 'kept' }, projectId),
  ];
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: 'Delete 2 keys for good' });
  await confirm.waitFor();
  const answer = await console.app.api<{ confirm: string }>('DELETE', `/keys/${gone.id}`);
  await console.send('DELETE', `/keys/${gone.id}?confirm=${answer.body.confirm}`);
  // As when one comes back to the window.
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
  await settled(page);
  await confirm.click();
  await dialog.getByRole('button', { name: 'Delete 1 key for good' }).click();
  await dialog.getByText('What became of each').waitFor();
  await dialog.getByRole('listitem').filter({ hasText: gone.name }).getByText('refused').waitFor();
  await dialog.getByRole('listitem').filter({ hasText: kept.name }).getByText('done').waitFor();
  await settled(page);
  expect(await dialog.isVisible()).toBe(true);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('No keys yet.').waitFor();
});

test('D23 T37 an expiry of many is taken back to what it was just before, also what somebody else had set or had run out', async () => {
  const { projectId } = await console.newPlace('Dated');
  const [dated, over] = [
    await console.newKey({ name: 'dated' }, projectId),
    await console.newKey({ name: 'over', expiresAt: new Date(Date.now() + 2000).toISOString() }, projectId),
  ];
  await expect.poll(() => console.callModels(over.value)).toBe(401);
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
  const expiresAt = new Date(Date.now() + 9 * 86_400_000).toISOString();
  await console.send('PATCH', `/keys/${dated.id}`, { expiresAt });
  await page.getByRole('button', { name: 'Set expiry' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 of them has expired, and would work again.').waitFor();
  await dialog.getByRole('button', { name: 'Set for 2 keys' }).click();
  await page.getByText('The expiry of 2 keys is set.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Taken back.').waitFor();
  const [first, second] = await keysOf(projectId);
  expect(first?.expiresAt).toBe(expiresAt);
  expect(Date.parse(second?.expiresAt ?? '')).toBeLessThan(Date.now() + 61_000);
});

test('usage says no sum before it has come, and nothing of models by the sums of keys', async () => {
  const { projectId } = await console.newPlace('Summed');
  const key = await console.newKey({ name: 'spender' }, projectId);
  expect(await console.chat(key.value)).toBe(200);
  const { page } = await console.signedIn();
  const first = held();
  await page.route('**/api/v1/usage?*', first.hold);
  await page.goto(`/projects/${projectId}/usage`);
  await first.asked;
  await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
  expect(await page.getByText('Requests', { exact: true }).and(page.locator('.soft')).count()).toBe(0);
  first.letGo();
  await row(page, 'spender').waitFor();
  await page.unroute('**/api/v1/usage?*');
  const second = held();
  await page.route('**/api/v1/usage?*', second.hold);
  await page.getByRole('radiogroup', { name: 'Sum by' }).getByText('Model').click();
  await second.asked;
  await page.getByRole('columnheader', { name: 'Model' }).waitFor();
  expect(await page.getByRole('row').count()).toBe(1);
  expect(await page.getByRole('button', { name: 'Download CSV' }).isDisabled()).toBe(true);
  second.letGo();
  await row(page, 'demo').waitFor();
});

test('T26 what somebody may no longer see, or what is gone, is not shown as if it were still so', async () => {
  const { projectId } = await console.newPlace('Closing');
  const key = await console.newKey({ name: 'still-here' }, projectId);
  const member = await newLogin(console, { projectId, role: 'admin' });
  const { page } = await console.signedIn({}, member);
  const { data } = await console.send<{ data: { userId: string }[] }>('GET', `/projects/${projectId}/members`);
  await page.goto(`/projects/${projectId}/keys`);
  await row(page, 'still-here').waitFor();
  const other = await page.context().newPage();
  await other.goto(`/projects/${projectId}/settings`);
  await other.getByRole('heading', { name: 'Project settings' }).waitFor();
  for (const { userId } of data) await console.send('DELETE', `/projects/${projectId}/members/${userId}`);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
  expect(await page.getByText('still-here').count()).toBe(0);
  // As when one comes back to the window.
  await other.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
  await other.getByRole('heading', { name: 'Not found' }).waitFor();
  expect(await console.callModels(key.value)).toBe(200);
});
