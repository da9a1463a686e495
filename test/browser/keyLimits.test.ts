// The limits of a key at its page, and what a call would meet there.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId } = console);
});
afterAll(() => console.close());

test('A09 A07 limits of a key are set, changed, started anew and removed at the key, as the API then has them', async () => {
  const key = await console.newKey();
  const own = async () => (await console.send<{ data: object[] }>('GET', `/keys/${key.id}/limits`)).data;
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${key.id}?tab=limits`);
  await page.getByText('No limit applies').waitFor();
  await page.getByRole('button', { name: 'Set a limit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Set a limit' });
  await drawer.getByLabel('Amount').fill('much');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.getByText('A number, such as 100.').waitFor();
  await drawer.getByLabel('Amount').fill('2.50');
  await drawer.getByLabel('Over what time').click();
  await page.getByTitle('5 hours from first use').click();
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.waitFor({ state: 'hidden' });
  expect(await own()).toMatchObject([{ unit: 'cost', amount: '2.5', window: { kind: 'session', seconds: 18_000 } }]);

  // One that the server refuses: what was typed stays, and its words are shown.
  await page.getByRole('button', { name: 'Set a limit' }).click();
  await drawer.getByLabel('What is counted').click();
  await page.getByTitle('Requests').click();
  await drawer.getByLabel('Amount').fill('1.5');
  await drawer.getByLabel('Over what time').click();
  await page.getByTitle('Another span …').click();
  await drawer.getByLabel('Length').fill('90');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.getByText('must be a whole number').waitFor();
  await drawer.getByLabel('Amount').fill('3');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.waitFor({ state: 'hidden' });
  expect(await own()).toMatchObject([{}, { unit: 'requests', amount: 3, window: { seconds: 90 * 3600 } }]);

  expect([
    await console.chat(key.value),
    await console.chat(key.value),
    await console.chat(key.value),
    await console.chat(key.value),
  ]).toEqual([200, 200, 200, 429]);
  await page.reload();
  const requests = page.locator('.cards > div').filter({ hasText: 'Requests' });
  await requests.getByText('Used up').waitFor();
  await requests.getByText('3 / 3').waitFor();
  await requests.getByText('Frees').waitFor();
  await requests.getByRole('button', { name: 'Change' }).click();
  const change = page.getByRole('dialog', { name: 'Change the limit: Requests' });
  await change.getByLabel('Amount').fill('4');
  await change.getByRole('button', { name: 'Save' }).click();
  await requests.getByText('3 / 4').waitFor();
  expect([await console.chat(key.value), await console.chat(key.value)]).toEqual([200, 429]);

  await page.getByRole('button', { name: 'Start all anew' }).click();
  const question = page.getByRole('dialog');
  await question.getByRole('button', { name: 'Cancel' }).click();
  expect(await console.chat(key.value)).toBe(429);
  await requests.getByRole('button', { name: 'Start anew' }).click();
  await question.getByRole('button', { name: 'Start anew' }).click();
  await requests.getByText('0 / 4').waitFor();
  expect(await console.chat(key.value)).toBe(200);
  await page.getByRole('button', { name: 'Start all anew' }).click();
  await question.getByRole('button', { name: 'Start all anew' }).click();
  await requests.getByText('0 / 4').waitFor();
  await requests.getByRole('button', { name: 'Remove' }).click();
  await question.getByRole('button', { name: 'Remove' }).click();
  await requests.waitFor({ state: 'hidden' });
  expect(await own()).toHaveLength(1);
  expect(faults).toEqual([]);
});

test('A09 limits of the project and of a template bound a key and are shown as not changed here', async () => {
  const { accountId } = await console.send<{ accountId: string }>('GET', `/projects/${projectId}`);
  const limit = { unit: 'requests', amount: 1000, window: { kind: 'calendar', period: 'day' } };
  const template = await console.send<{ id: string }>('POST', `/accounts/${accountId}/limit-templates`, {
    name: 'Interns',
    limits: [limit],
  });
  const ofProject = await console.send<{ id: string }>('POST', `/projects/${projectId}/limits`, {
    ...limit,
    amount: 5000,
  });
  const key = await console.newKey({ limitTemplateId: template.id });
  const { page } = await console.signedIn();
  await page.goto(`/keys/${key.id}?tab=limits`);
  await page.getByText('This key has no limits of its own.').waitFor();
  await page.getByText('0 / 1,000').waitFor();
  await page.getByText('/ 5,000').waitFor();
  await page.getByText('Changed by the account, not here.').waitFor();
  expect(await page.getByRole('button', { name: 'Change', exact: true }).count()).toBe(0);
  await console.send('DELETE', `/limits/${ofProject.id}`);
});

test('T16 V17 testing a key shows every check of a call in words, all that is in the way, and that it passes once mended', async () => {
  const key = await console.newKey({
    ipAllow: ['10.0.0.0/8'],
    limits: [{ unit: 'requests', amount: 0, window: { kind: 'lifetime' } }],
  });
  const { page, faults } = await console.signedIn();
  await page.goto(`/keys/${key.id}?tab=test`);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('This is needed.').waitFor();
  await page.getByLabel('Calls', { exact: true }).click();
  await page.getByTitle('demo').click();
  await page.getByLabel('From the address').fill('10.0.0');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('one IPv4 or IPv6 address').waitFor();
  await page.getByRole('button', { name: 'From here (127.0.0.1)' }).click();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('This call would be refused').waitFor();
  await page.getByText('403 ip_not_allowed').waitFor();
  await page.getByText('2 checks are in the way.').waitFor();
  const steps = page.locator('ol > li');
  expect(await steps.count()).toBe(8);
  expect(await steps.filter({ hasText: 'Status' }).textContent()).toBe('Statuspasses');
  expect(await steps.filter({ hasText: 'Calls from this address' }).textContent()).toContain('Addressrefuses');
  expect(await steps.filter({ hasText: 'A quota is used up' }).textContent()).toContain('Limitsrefuses');
  await page.getByText('0 / 0').waitFor();

  await console.send('POST', `/keys/${key.id}/reset-usage`);
  const { data } = await console.send<{ data: { id: string }[] }>('GET', `/keys/${key.id}/limits`);
  await console.send('PATCH', `/limits/${data[0]?.id}`, { amount: 5 });
  await page.getByLabel('From the address').fill('10.1.2.3');
  await page.getByLabel('Most output tokens').fill('50');
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('Every check passes, with at most 50 tokens of output.').waitFor();
  expect(await console.send('GET', `/keys/${key.id}`)).toMatchObject({ limits: [{ used: 0 }], lastUsedAt: null });
  expect(faults).toEqual([]);
});
