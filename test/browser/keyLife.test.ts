// One key from its creation to its end, as those who made it and those who look after it see it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLogin, row, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
let projectId: string;
let accountId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId, accountId } = console);
});
afterAll(() => console.close());

const chat = async (value: string, model: string) => {
  const answer = await fetch(`${console.app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await answer.text();
  return answer.status;
};

test('T02 T24 V06 V14 V15 a key for everything is made, used, edited, stopped, started and deleted, and shows by whom and when', async () => {
  const who = await newLogin(console, { projectId, role: 'member' });
  const { page, faults } = await console.signedIn({}, who);
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('button', { name: 'Create key' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name').fill('whole-life');
  await drawer.getByText('Everything in this project').waitFor();
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  const value = await page.getByLabel('Copy the key').first().inputValue();
  await page.getByLabel('I have saved it').check();
  await page.getByRole('button', { name: 'Done' }).click();
  const mine = row(page, 'whole-life');
  await mine.getByText(who.email.slice(0, 9)).waitFor();
  await mine.getByText('Never', { exact: true }).first().waitFor();
  const read = async () =>
    (await console.send<{ data: Key[] }>('GET', `/projects/${projectId}/keys?search=whole-life`)).data[0];
  const key = await read();
  if (!key) throw new Error('there is no key');
  expect(key).toMatchObject({ scope: { mode: 'all' }, lastUsedAt: null });

  // All: the models there are, and what is added later.
  expect(await chat(value, 'demo')).toBe(200);
  const later = await console.send('POST', `/projects/${projectId}/endpoints`, { name: 'later', modelId: 'demo' });
  expect(await chat(value, later.id)).toBe(200);
  // Uses are written every few seconds.
  await expect.poll(async () => (await read())?.lastUsedAt, { timeout: 20_000 }).not.toBeNull();
  await page.getByRole('button', { name: 'Refresh' }).click();
  await mine
    .getByRole('cell', { name: /^(this minute|1 minute ago)/ })
    .nth(1)
    .waitFor();

  await mine.getByRole('link', { name: 'whole-life' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit whole-life' });
  await edit.getByLabel('Description').fill('for the shop');
  await edit.getByRole('button', { name: 'Save' }).click();
  await edit.waitFor({ state: 'hidden' });
  expect(await read()).toMatchObject({ description: 'for the shop', scope: { mode: 'all' } });
  const control = page.getByRole('switch');
  await control.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await expect.poll(() => chat(value, 'demo')).toBe(401);
  await control.click();
  await expect.poll(() => chat(value, 'demo')).toBe(200);

  // Its maker leaves; who looks after the keys still sees whose it was.
  const { page: admin } = await console.signedIn();
  await admin.goto(`/projects/${projectId}/keys`);
  await row(admin, 'whole-life').getByText(who.email.slice(0, 9)).waitFor();
  await console.send('DELETE', `/accounts/${accountId}/members/${key.createdBy}`);
  await admin.getByRole('button', { name: 'Refresh' }).click();
  await row(admin, 'whole-life').getByLabel('No longer here').waitFor();
  await row(admin, 'whole-life').getByText(who.email.slice(0, 9)).waitFor();
  expect(await chat(value, 'demo')).toBe(200);
  await row(admin, 'whole-life').getByRole('link', { name: 'whole-life' }).click();
  await admin.getByRole('button', { name: 'Delete' }).click();
  await admin.getByRole('button', { name: 'Delete for good' }).click();
  await admin.getByText('whole-life is deleted.').waitFor();
  expect(await chat(value, 'demo')).toBe(401);
  expect(await read()).toBeUndefined();
  expect(faults).toEqual([]);
});

test('A09 the keys of a limit template are found from its count, and in the list of a project', async () => {
  const limits = [{ unit: 'concurrency', amount: 3 }];
  const template = await console.send('POST', `/accounts/${accountId}/limit-templates`, { name: 'Team', limits });
  await console.newKey({ name: 'in-the-team', limitTemplateId: template.id });
  await console.newKey({ name: 'on-its-own' });
  const { page } = await console.signedIn();
  await page.goto(`/accounts/${accountId}/limit-templates`);
  await page.getByRole('link', { name: 'Holds for 1 key.' }).click();
  await page.getByText('Of the template Team').waitFor();
  await row(page, 'in-the-team').waitFor();
  expect(await row(page, 'on-its-own').count()).toBe(0);
  await page.goto(`/projects/${projectId}/keys`);
  await row(page, 'on-its-own').waitFor();
  await page.getByRole('button', { name: 'More filters' }).click();
  await page.getByLabel('Limit template').selectOption('Team');
  await row(page, 'on-its-own').waitFor({ state: 'hidden' });
  await row(page, 'in-the-team').waitFor();
  await expect.poll(() => page.url()).toContain(`limitTemplateId=${template.id}`);
});

interface Key {
  readonly id: string;
  readonly description: string;
  readonly scope: object;
  readonly createdBy: string;
  readonly lastUsedAt: string | null;
}
