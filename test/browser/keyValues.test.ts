// The values of a key at its page: rotation, the whole value where it is kept, and temporary keys.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, row, startConsole, type TestConsole } from '../kit/browser.ts';
import type { MadeKey } from '../kit/consoleData.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

test('D23 T36 the values of a key show who still uses the earlier one; it is ended early, and a rotation is undone', async () => {
  const key = await console.newKey();
  const { value } = await console.send<MadeKey>('POST', `/keys/${key.id}/rotate`, {});
  expect([await console.callModels(value), await console.callModels(key.value)]).toEqual([200, 200]);
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('tab', { name: 'Values and rotation' }).click();
  await expect.poll(() => page.url()).toContain('tab=secrets');
  await page.getByText('still works, and').waitFor();
  await page.getByRole('button', { name: 'Undo the rotation' }).click();
  const dialog = page.getByRole('dialog');
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Cancel');
  await dialog.getByRole('button', { name: 'Undo the rotation' }).click();
  await page.getByText('The rotation is undone.').waitFor();
  await expect.poll(() => console.callModels(value)).toBe(401);
  expect(await console.callModels(key.value)).toBe(200);

  const next = await console.send<MadeKey>('POST', `/keys/${key.id}/rotate`, {});
  await page.reload();
  await page.getByRole('button', { name: 'End it now' }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await console.callModels(key.value)).toBe(200);
  await page.getByRole('button', { name: 'End it now' }).click();
  await dialog.getByRole('button', { name: 'End it now' }).click();
  await page.getByText('The earlier value has ended.').waitFor();
  await expect.poll(() => console.callModels(key.value)).toBe(401);
  expect(await console.callModels(next.value)).toBe(200);

  await page.clock.setFixedTime(Date.now() + 40 * 86_400_000);
  await page.reload();
  await page.getByText('40 days old').first().waitFor();
  await page.getByLabel('Reminder to rotate').click();
  await page.getByTitle('Every 90 days').click();
  await page.getByText('A notice will come').waitFor();
  expect(await console.send('GET', `/keys/${key.id}`)).toMatchObject({ rotateEveryDays: 90 });
  expect(faults).toEqual([]);
});

test('T36 a rotation shows the new value once, and both work', async () => {
  const key = await console.newKey();
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  const value = await page.getByLabel('Copy the key').first().inputValue();
  expect(value).not.toBe(key.value);
  expect([await console.callModels(value), await console.callModels(key.value)]).toEqual([200, 200]);
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
  await dialog.getByRole('button', { name: 'Hide it' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect(await page.content()).not.toContain(key.value);
  // Left open it hides by itself.
  await page.clock.install();
  await page.getByRole('button', { name: 'Copy the whole key' }).click();
  await dialog.getByText('by itself after a minute').waitFor();
  await page.clock.fastForward(61_000);
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
  expect(await console.callModels(key.value)).toBe(200);
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
  expect(await console.callModels(value)).toBe(200);
  await dialog.getByLabel('I have saved it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await row(page, 'for-the-fair')
    .getByText(/in (?:1 hour|59 minutes)/)
    .waitFor();
  expect(await page.content()).not.toContain(value);

  await row(page, 'for-the-fair').getByRole('link').click();
  await page.getByText(`This key opens what ${key.name} opens, from 127.0.0.0/8 only`).waitFor();
  expect(await page.getByRole('button', { name: 'Rotate' }).count()).toBe(0);
  expect(await page.getByRole('tab', { name: 'Temporary keys' }).count()).toBe(0);
  await console.send('POST', `/keys/${key.id}/disable`);
  await page.reload();
  await page.getByText(`${key.name}, which this key was made from, is disabled`).waitFor();
  await expect.poll(() => console.callModels(value)).toBe(401);
  expect(faults).toEqual([]);
});
