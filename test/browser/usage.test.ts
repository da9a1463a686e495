// Usage, requests and refusals as a person looks at them, in a real browser, against a real Keyward.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeBeside } from '../kit/beside.ts';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

const DAY_MS = 86_400_000;
/** Its day is what these tests call today, also when midnight passes while they run. */
const STARTED_MS = Date.now();
let console: TestConsole;
let projectId: string;
let accountId: string;
let shop: { id: string; value: string };
let odd: { id: string; value: string };

beforeAll(async () => {
  console = await startConsole();
  ({ projectId, accountId } = console);
  shop = await console.newKey({ name: 'shop' });
  odd = await console.newKey({ name: '=odd, "name"' });
  for (let calls = 0; calls < 4; calls += 1) await console.chat(shop.value);
  await console.chat(odd.value);
  await write('update ledger set started_at_ms = ?', STARTED_MS);
  await moveTo(day(1), 2);
  await moveTo(day(40), 1);
  const away = await console.newKey({ name: 'away', ipAllow: ['203.0.113.9'] });
  await console.chat(away.value);
  await console.chat(`${away.value}x`);
});
afterAll(() => console.close());

/** Writes beside the server what would take days, or what it writes once a minute. */
const write = (text: string, ...values: (string | number)[]) =>
  writeBeside(console.app.dataDir, (database) => void database.prepare(text).run(...values));

/** As if calls of the shop that were made today had been made at noon of another day. */
async function moveTo(date: string, calls: number): Promise<void> {
  await write(
    `update ledger set started_at_ms = ? where id in
      (select id from ledger where key_id = ? and started_at_ms = ? limit ?)`,
    Date.parse(date) + DAY_MS / 2,
    shop.id,
    STARTED_MS,
    calls,
  );
}

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const cellsOf = (page: Page, name: string) => row(page, name).getByRole('cell').allTextContents();
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const day = (ago: number) => dayOf(STARTED_MS - ago * DAY_MS);
const usage = (search = '') => `/projects/${projectId}/usage${search}`;

test('A18 use is drawn and summed by what one asks for, and compared with the span before, in words', async () => {
  const { page, faults } = await console.signedIn();
  await page.getByRole('link', { name: 'Usage', exact: true }).click();
  await page.getByLabel('What the chart shows').getByText('Requests').click();
  await row(page, 'shop').getByText('75%').waitFor();
  await page.getByText('300 % more than in the 30 days before (1)').waitFor();
  await page.getByRole('img', { name: /^Requests per day; the most, 2/ }).waitFor();
  await page.getByText('Model', { exact: true }).click();
  await row(page, 'demo').waitFor();
  await page.getByText('Address', { exact: true }).click();
  await row(page, '127.0.0.1').waitFor();
  await expect.poll(() => page.url()).toContain('by=address');
  expect(faults).toEqual([]);
});

test('a span is chosen by dragging over the chart, by two days, and by one click', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto(usage(`?from=${day(6)}&to=${day(0)}&measure=requests`));
  await row(page, 'shop').waitFor();
  const chart = await page.locator('.drag .recharts-cartesian-grid').boundingBox();
  if (!chart) throw new Error('nothing is drawn');
  const middle = chart.y + chart.height / 2;
  const dayAt = (at: number) => chart.x + (chart.width / 7) * (at + 0.5);
  await page.mouse.move(dayAt(4), middle);
  await page.mouse.down();
  await page.mouse.move(dayAt(5) - 5, middle, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => new URL(page.url()).searchParams.get('to')).toBe(day(1));
  await expect.poll(() => new URL(page.url()).searchParams.get('from')).toBe(day(2));
  await expect.poll(() => cellsOf(page, 'shop').then((cells) => cells[2])).toBe('2');
  expect(await row(page, 'odd').count()).toBe(0);
  await page.getByLabel('First day').fill(day(40));
  await page.getByLabel('Last day').fill(day(39));
  await expect.poll(() => cellsOf(page, 'shop').then((cells) => cells[2])).toBe('1');
  await page.getByText('30 days', { exact: true }).click();
  await row(page, 'odd').waitFor();
  await expect.poll(() => page.url()).not.toContain('from=');
  expect(faults).toEqual([]);
});

test('A18 who used what on a day is one click on it away', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto(usage(`?from=${day(6)}&to=${day(0)}&measure=requests`));
  await row(page, 'odd').waitFor();
  await page.getByText('Click a day, or drag over some').waitFor();
  const chart = await page.locator('.drag .recharts-cartesian-grid').boundingBox();
  if (!chart) throw new Error('nothing is drawn');
  await page.mouse.move(chart.x + (chart.width / 7) * 5.5, chart.y + chart.height / 2, { steps: 3 });
  // Pointed at, it says what the day comes to and of which keys, and of no other.
  const reading = page.locator('.reading');
  await reading.getByText('shop').waitFor();
  expect(await reading.locator('strong').last().textContent()).toBe('2');
  expect(await reading.getByText('odd').count()).toBe(0);
  await page.mouse.down();
  await page.mouse.up();
  await expect.poll(() => new URL(page.url()).searchParams.get('from')).toBe(day(1));
  await expect.poll(() => new URL(page.url()).searchParams.get('to')).toBe(day(1));
  await expect.poll(() => cellsOf(page, 'shop').then((cells) => cells[2])).toBe('2');
  expect(await row(page, 'odd').count()).toBe(0);
  expect(faults).toEqual([]);
});

test.each([
  ['Asia/Shanghai', 'en-US'],
  ['America/Los_Angeles', 'zh-CN'],
])(
  'A18 the dates, the span below them and the hours of the chart are of one zone, UTC, and say so, in %s',
  async (timezoneId, locale) => {
    const { page, faults } = await console.signedIn({ timezoneId, locale });
    await page.goto(usage(`?from=${day(2)}&to=${day(1)}&measure=requests`));
    const dates = page.locator('input[type=date]');
    await dates.last().waitFor();
    expect([await dates.first().inputValue(), await dates.last().inputValue()]).toEqual([day(2), day(1)]);
    // From midnight to midnight, of UTC.
    const midnight = (date: string) =>
      new Intl.DateTimeFormat(locale, { dateStyle: locale === 'en-US' ? 'medium' : 'short', timeZone: 'UTC' }).format(
        Date.parse(date),
      );
    const said = await page.locator('.said').innerText();
    expect(said).toContain(midnight(day(2)));
    expect(said).toContain(midnight(day(0)));
    expect(said.match(/UTC/g)).toHaveLength(2);
    expect(said.match(/12:00.AM|00:00/g)).toHaveLength(2);
    const ticks = page.locator('.recharts-xAxis-tick-labels');
    const [, month = 0, date = 0] = day(1).split('-').map(Number);
    await ticks.getByText(`${month}/${date}`, { exact: true }).waitFor();
    // The calls were made at noon of that day, wherever one looks from.
    await page.getByRole('img', { name: /12:00.{1,3}1:00.PM UTC|UTC 12:00.13:00/ }).waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/GMT|PST|PDT/);
    expect(faults).toEqual([]);
  },
);

test('A18 a day and less is drawn by the hour, and dragged down to hours', async () => {
  const { page, faults } = await console.signedIn({ timezoneId: 'Asia/Shanghai' });
  await page.goto(usage('?days=30&measure=requests'));
  await page.getByText('24 hours', { exact: true }).click();
  await page.getByRole('img', { name: /^Requests per hour; the most, \d+, at .*UTC/ }).waitFor();
  await page.getByText('in the 24 hours before').first().waitFor();
  await expect.poll(() => new URL(page.url()).searchParams.get('days')).toBe('1');
  // What was used two hours ago alone.
  const hourMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  const hour = (ago: number) => new Date(hourMs - ago * 3_600_000).toISOString().slice(0, 13);
  await page.locator('.drag .recharts-cartesian-grid').waitFor();
  const chart = await page.locator('.drag .recharts-cartesian-grid').boundingBox();
  if (!chart) throw new Error('nothing is drawn');
  const middle = chart.y + chart.height / 2;
  const hourAt = (ago: number) => chart.x + (chart.width / 24) * (23 - ago + 0.5);
  await page.mouse.move(hourAt(3), middle);
  await page.mouse.down();
  await page.mouse.move(hourAt(2), middle, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => new URL(page.url()).searchParams.get('to')).toMatch(/T\d\d$/);
  const { from, to } = Object.fromEntries(new URL(page.url()).searchParams);
  // An hour may have begun since.
  expect([
    [hour(3), hour(2)],
    [hour(2), hour(1)],
  ]).toContainEqual([from, to]);
  await page.getByText('The 2 hours before').first().waitFor();
  expect(faults).toEqual([]);
});

test('the CSV has what is shown, in letters that a spreadsheet can read, and no cell that it would run', async () => {
  const { page } = await console.signedIn();
  await page.goto(usage());
  await row(page, 'odd').waitFor();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const file = await downloading;
  const [, first, last = ''] = /^usage-key-(.{10})-(.{10})\.csv$/.exec(file.suggestedFilename()) ?? [];
  expect([day(0), dayOf(Date.now())]).toContain(last);
  expect(first).toBe(dayOf(Date.parse(last) - 29 * DAY_MS));
  const lines = (await readFile(await file.path(), 'utf8')).split('\r\n');
  expect(lines[0]).toBe('\ufeffkey,name,requests,input_tokens,output_tokens,cost,unpriced_requests,share');
  expect(lines.find((line) => line.startsWith(shop.id))).toMatch(/,shop,3,/);
  expect(lines.find((line) => line.startsWith(odd.id))).toContain(`,"'=odd, ""name""",1,`);
});

test('refusals are summed by why, with what to do; unusual use is said', async () => {
  const { page } = await console.signedIn();
  await expect
    .poll(async () => (await console.app.api<{ data: object[] }>('GET', `/denials?projectId=${projectId}`)).body.data)
    .toHaveLength(1);
  await page.goto(usage());
  await page.getByText('The address is not allowed').waitFor();
  await page.getByText('Add it to the key’s or the project’s addresses').waitFor();
  await page.getByText('Nothing unusual').waitFor();
  await write(
    `insert into notices (account_id, project_id, id, kind, subject_type, subject_id, subject_name, created_at_ms, words)
      values (?, ?, 'ntc_1', 'key.newAddress', 'key', ?, 'shop', ?, 'Key "shop" is used from 203.0.113.9.')`,
    accountId,
    projectId,
    shop.id,
    Date.now(),
  );
  await page.reload();
  await page.getByText('New address').waitFor();
  await page.getByText('is used from 203.0.113.9').waitFor();
});

test('A18 the use of one key, from the table: its models and hours', async () => {
  const { page } = await console.signedIn();
  await page.goto(usage());
  await row(page, 'shop').getByRole('link', { name: 'shop' }).click();
  await row(page, 'demo').waitFor();
  await expect.poll(() => page.url()).toContain(`keyId=${shop.id}`);
  expect((await cellsOf(page, 'demo'))[2]).toBe('3');
  const idle = await console.newKey();
  await page.goto(usage(`?keyId=${idle.id}`));
  await page.getByText('Not used in the last 15 days.').waitFor();
  const hourMs = Math.floor(Date.now() / 3_600_000) * 3_600_000;
  for (const [ago, requests] of [0, 5, 30, 100].entries())
    await write(
      'insert into key_hours (account_id, key_id, hour_ms, requests, tokens) values (?, ?, ?, ?, 0)',
      accountId,
      idle.id,
      hourMs - ago * 4 * 3_600_000,
      requests,
    );
  await page.reload();
  await page.getByRole('img', { name: /^The busiest hour: 100 requests/ }).waitFor();
});

test('A18 requests one by one: narrowed from the table, opened, and narrowed further; all of it in the address', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto(usage('?by=key'));
  await row(page, 'shop').getByRole('link', { name: '3', exact: true }).click();
  await page.getByRole('heading', { name: 'Requests' }).waitFor();
  await expect.poll(() => row(page, 'demo').count()).toBe(3);
  await expect.poll(() => new URL(page.url()).searchParams.get('keyId')).toBe(shop.id);
  await row(page, 'demo').first().getByText('127.0.0.1').click();
  const details = page.getByRole('dialog', { name: 'Request' });
  const known = (
    await console.app.api<{ data: { id: string; cost: string }[] }>('GET', `/requests?keyId=${shop.id}&limit=1`)
  ).body.data[0];
  await details.getByText(known?.id ?? '').waitFor();
  await details.getByText('answered whole').waitFor();
  await details.getByRole('button', { name: 'All from this address' }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get('address')).toBe('127.0.0.1');
  await page.getByLabel('Status', { exact: true }).click();
  await page.getByTitle('429').click();
  await page.getByText('Nothing fits these filters.').waitFor();
  await page.reload();
  await page.getByText('Nothing fits these filters.').waitFor();
  await expect.poll(() => new URL(page.url()).searchParams.get('status')).toBe('429');
  // What the server does not take is said in its words.
  await page.getByRole('textbox', { name: 'Address' }).fill('somewhere');
  await page.keyboard.press('Enter');
  await page.getByText('This must be an address').waitFor();
  expect(faults).toEqual([]);
});

test('refusals one by one, from their sum, with why and what to do', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto(usage());
  await page.getByRole('link', { name: '1 ×' }).click();
  await row(page, 'ip_not_allowed').getByText('127.0.0.1').waitFor();
  await row(page, 'ip_not_allowed').getByRole('link', { name: 'away' }).waitFor();
  await expect.poll(() => new URL(page.url()).searchParams.get('code')).toBe('ip_not_allowed');
  await page.getByText('Let through', { exact: true }).click();
  await row(page, 'demo').first().waitFor();
  expect(faults).toEqual([]);
});

test('a member who sees only their own keys chooses one; an account’s people see all its projects', async () => {
  const made = await console.app.api<{ id: string }>('POST', '/projects', { name: 'Own only', accountId });
  await console.app.api('PATCH', `/projects/${made.body.id}/security`, { memberAccess: 'own' });
  const member = await newLogin(console, { projectId: made.body.id, role: 'member' });
  const { page, faults } = await console.signedIn({}, member);
  await page.goto(`/projects/${made.body.id}/usage`);
  await page.getByText('you see your own keys only').waitFor();
  expect(await page.getByRole('link', { name: 'Account usage' }).count()).toBe(0);
  expect(faults).toEqual([]);

  const owner = await newLogin(console, { accountId, role: 'owner' });
  const { page: theirs } = await console.signedIn({}, owner);
  await theirs.getByRole('link', { name: 'Account usage' }).click();
  await theirs.getByRole('heading', { name: 'Usage of the account' }).waitFor();
  await theirs.getByRole('table').getByRole('link').first().click();
  await row(theirs, 'shop').waitFor();
  await expect.poll(() => new URL(theirs.url()).pathname).toBe(usage());
});

test.each(LOOKS)(
  'T39 the pages of usage, $locale, $colorScheme, $viewport.width wide',
  { timeout: 180_000 },
  async (look) => {
    const { page, faults } = await console.signedIn(look);
    const empty = await console.app.api<{ id: string }>('POST', '/projects', { name: 'Empty', accountId });
    for (const [name, path] of [
      ['usage-full', usage('?measure=requests')],
      ['usage-hours', usage('?days=1&measure=requests')],
      ['usage-key', usage(`?keyId=${shop.id}&by=model&days=7`)],
      ['usage-empty', `/projects/${empty.body.id}/usage`],
      ['usage-empty-hours', `/projects/${empty.body.id}/usage?days=1`],
      ['requests', `/projects/${projectId}/requests`],
      ['requests-empty', `/projects/${empty.body.id}/requests`],
      ['refusals', `/projects/${projectId}/requests?show=refusals`],
      ['usage-account', `/accounts/${accountId}/usage`],
    ] as const) {
      await page.goto(path);
      expect(await console.look(page, name), name).toEqual([]);
    }
    expect(faults).toEqual([]);
  },
);
