// How the system stands, as its operator sees it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, startConsole, type TestConsole } from '../kit/browser.ts';
import { newPlace, type StorePlace } from '../kit/stores.ts';

let place: StorePlace;
let console: TestConsole;
let shared: TestConsole;
const SECRET = 'a-secret-of-more-than-32-characters-for-all';

beforeAll(async () => {
  place = await newPlace('postgres');
  console = await startConsole();
  shared = await startConsole({ DATABASE_URL: place.url ?? '', KEYWARD_SECRET: SECRET });
});
afterAll(async () => {
  await console.close();
  await shared.close();
  await place.clear();
});

test('X01 the page says that the node is ready, what it runs on, and that revocation acts on the next request', async () => {
  const { page, faults } = await console.signedIn();
  await page.getByRole('link', { name: 'System' }).click();
  await page.getByText('Ready', { exact: true }).waitFor();
  await page.getByText('SQLite, one file').waitFor();
  await page.getByText('On the very next request').waitFor();
  const { body } = await console.app.api<{ store: { schema: string }; nodes: { id: string }[] }>('GET', '/system');
  await page.getByText(body.store.schema).waitFor();
  await page.getByText(body.nodes[0]?.id ?? '').waitFor();
  await page.getByRole('row').filter({ hasText: 'KEYWARD_DRAIN_SECONDS' }).waitFor();
  expect(await page.getByRole('row').filter({ hasText: 'KEYWARD_BODY_LIMIT_MB' }).count()).toBe(0);
  await page.getByLabel('Only those that differ from the default').uncheck();
  await page.getByRole('row').filter({ hasText: 'KEYWARD_BODY_LIMIT_MB' }).getByText('20', { exact: true }).waitFor();
  await page.getByRole('row').filter({ hasText: 'KEYWARD_ROOT_KEY' }).getByText('Set (secret)').waitFor();
  expect(await page.content()).not.toContain('root-key-for-tests');
  expect(faults).toEqual([]);
});

test('X01 with several nodes the bound that was seen stands beside the promise, and the node that answers is marked', async () => {
  const { body } = await shared.app.api<{ revocation: object }>('GET', '/system');
  const { page } = await shared.signedIn();
  for (const [boundMs, said] of [
    [766, 'The promise is kept'],
    [1400, 'Slower than promised'],
  ] as const) {
    await page.route('**/api/v1/system', (route) =>
      route.fulfill({ json: { ...body, revocation: { ...body.revocation, boundMs } } }),
    );
    await page.goto('/platform/system');
    await page.getByText(said).waitFor();
    await page.getByText(`At most ${boundMs} ms in the last hour, of 1000 ms promised`).waitFor();
    await page.unroute('**/api/v1/system');
  }
  await page.reload();
  const told = (await page.getByText(/^At most \d+ ms in the last hour, of 1000 ms promised$/).textContent()) ?? '';
  expect(Number(/\d+/.exec(told)?.[0])).toBeGreaterThanOrEqual(500);
  await page.getByText('This one').waitFor();
  await page.getByText('Lease ends').waitFor();
  expect(await page.content()).not.toContain(SECRET);
});

test('counters are compared with the ledger and the audit log is proved whole, on demand', async () => {
  const { page } = await console.signedIn();
  await page.goto('/platform/system');
  await page.getByRole('button', { name: 'Compare now' }).click();
  await page.getByText('Every counter is what the ledger says.').waitFor();
  await page.getByRole('button', { name: 'Prove it whole' }).click();
  await page.getByText(/^Whole: \d+ events, each as it was written\.$/).waitFor();
  await page.getByText('None: every request ended on record.').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('what is wrong is said: differing counters by name, and a node that is not ready by its reasons', async () => {
  const { page } = await console.signedIn();
  const { body } = await console.app.api<object>('GET', '/system');
  await page.route('**/api/v1/system', (route) =>
    route.fulfill({ json: { ...body, ready: false, reasons: ['This node has lost its lease.'] } }),
  );
  const amounts = (settled: string) => ({ settled, reserved: '0' });
  await page.route('**/api/v1/ledger/verify', (route) =>
    route.fulfill({
      json: {
        checkedAt: '2026-11-21T10:00:00.000Z',
        differences: 1,
        repaired: false,
        data: [
          {
            limitId: 'lim_differs',
            subjectId: 'acc_1',
            windowStart: '2026-11-21T10:00:00.000Z',
            stored: amounts('5'),
            derived: amounts('7'),
          },
        ],
      },
    }),
  );
  await page.goto('/platform/system');
  await page.getByText('Not ready').waitFor();
  await page.getByText('This node has lost its lease.').waitFor();
  await page.getByRole('button', { name: 'Compare now' }).click();
  await page.getByText('1 counter differs').waitFor();
  await page.getByRole('row').filter({ hasText: 'lim_differs' }).getByText('7 + 0').waitFor();
  // Without an answer of the API, the node is asked itself.
  await page.unroute('**/api/v1/system');
  await page.route('**/api/v1/system', (route) =>
    route.fulfill({
      status: 503,
      json: { code: 'store_unavailable', detail: 'The store cannot be reached.', status: 503 },
    }),
  );
  await page.route('**/readyz', (route) =>
    route.fulfill({ status: 503, body: 'the store cannot be read or written\n' }),
  );
  await page.reload();
  await page.getByText('/readyz says: the store cannot be read or written').waitFor();
  expect(await page.getByText('Ready', { exact: true }).count()).toBe(0);
});

test('a request whose end nobody saw is waived or adjusted, with a note', async () => {
  const request = {
    id: 'req_lost',
    abandonedAt: '2026-11-21T10:00:00.000Z',
    resource: { type: 'model', id: 'mdl_1', name: 'demo' },
    chargedTokens: 4000,
    chargedCost: '0.5',
  };
  const sent: unknown[] = [];
  const { page } = await console.signedIn();
  await page.route('**/api/v1/requests/**', async (route) => {
    if (route.request().method() === 'GET')
      return route.fulfill({ json: { data: sent.length === 0 ? [request] : [], nextCursor: null } });
    sent.push([new URL(route.request().url()).pathname, route.request().postDataJSON()]);
    return route.fulfill({ json: request });
  });
  await page.goto('/platform/system');
  await page.getByRole('row').filter({ hasText: 'req_lost' }).getByRole('button', { name: 'Adjust' }).click();
  const drawer = page.getByRole('dialog', { name: 'Charge something else for this request' });
  await drawer.getByRole('button', { name: 'Adjust' }).click();
  await drawer.getByText('Say why').waitFor();
  await drawer.getByLabel('Tokens charged').fill('1200');
  await drawer.getByLabel('Why').fill('Node lost power.');
  await drawer.getByRole('button', { name: 'Adjust' }).click();
  await page.getByText('None: every request ended on record.').waitFor();
  expect(sent).toEqual([['/api/v1/requests/req_lost/adjust', { note: 'Node lost power.', tokens: 1200 }]]);
});

test('T39 the page of the system is fit for everybody, at a desk and in the hand', async () => {
  for (const look of LOOKS) {
    const { page } = await shared.signedIn(look);
    await page.goto('/platform/system');
    await page.locator('.gauge').waitFor();
    expect(await shared.look(page, 'platform-system')).toEqual([]);
  }
});
