// The guide inside the console: its pages, their links, and the ways there.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GUIDES } from '../../console/src/help/guides.ts';
import { TOLD_IN } from '../../console/src/shell/toldIn.ts';
import { LOOKS, startConsole, type TestConsole } from '../kit/browser.ts';
import { repositoryFiles, repositoryRoot } from '../kit/repository.ts';

let console: TestConsole;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId } = console);
});
afterAll(() => console.close());

const guides = Object.values(GUIDES).flat();
const textOf = (guide: string, folder = 'guide') =>
  readFile(join(repositoryRoot, 'docs', folder, `${guide}.md`), 'utf8');

test.each([
  ['en', 'guide'],
  ['zh-CN', 'guide-zh-CN'],
])('T39 every guide has its place in the list, and the name that it has itself, %s', async (language, folder) => {
  const files = (await readdir(join(repositoryRoot, 'docs', folder))).map((file) => file.slice(0, -3));
  expect(guides.toSorted()).toEqual(files.toSorted());
  const path = join(repositoryRoot, 'console/src/locales', language, 'help.json');
  const words = JSON.parse(await readFile(path, 'utf8')) as { help: { guides: Record<string, { title: string }> } };
  for (const guide of guides)
    expect(words.help.guides[guide]?.title).toBe(/^# (.+)$/m.exec(await textOf(guide, folder))?.[1]);
});

test('every link of the guide leads somewhere: to a guide in the console and to its section, or to a page of the server', async () => {
  const { page, faults } = await console.signedIn();
  const reached = new Set<string>();
  const links: { from: string; href: string }[] = [];
  await page.goto('/help/console');
  for (const guide of guides) {
    await page.locator(`.guide-list a[href="/help/${guide}"]`).first().click();
    const [, first = ''] = /^## (.+)$/m.exec(await textOf(guide)) ?? [];
    await page.getByRole('heading', { name: `${first} Link to ${first}`, exact: true }).waitFor();
    const found = await page.evaluate<{ ids: string[]; hrefs: string[] }>(
      `({ ids: [...document.querySelectorAll('.guide-text [id]')].map(({ id }) => id),
          hrefs: [...document.querySelectorAll('.guide-text a')].map((link) => link.getAttribute('href')) })`,
    );
    reached.add(`/help/${guide}`);
    for (const id of found.ids) reached.add(`/help/${guide}#${id}`);
    for (const href of found.hrefs) links.push({ from: guide, href });
    // Nothing of the text is lost on the way; its own name stands above.
    const shown = await page.locator('.guide-text').innerText();
    for (const [, heading = ''] of (await textOf(guide)).matchAll(/^##+ (.+)$/gm))
      expect(shown).toContain(heading.replaceAll(/[`*]/g, ''));
  }
  expect(links.length).toBeGreaterThan(150);
  const inside = links.filter(({ href }) => href.startsWith('/help/'));
  expect(inside.filter(({ href }) => !reached.has(decodeURIComponent(href)))).toEqual([]);
  // A guide that is linked as a page of the server would lead out of the console.
  expect(links.filter(({ href }) => href.startsWith('/docs/guide'))).toEqual([]);
  const outside = new Set(links.map(({ href }) => href).filter((href) => /^\/(?!help\/)/.test(href)));
  expect(outside.size).toBeGreaterThan(3);
  for (const href of outside) expect([href, (await fetch(console.app.url + href)).status]).toEqual([href, 200]);
  // The small sign of a page leads to a section that is there, from a page that is there.
  const routes = repositoryFiles().filter(({ path }) => /^console\/src\/routes\/\w+\.ts$/.test(path));
  for (const [from, to] of Object.entries(TOLD_IN)) {
    expect(reached).toContain(`/help/${to}`);
    const path = from.replace(/^\/platform/, '');
    expect([from, routes.some(({ text }) => text.includes(`path: '${path}'`))]).toEqual([from, true]);
  }
  expect(faults).toEqual([]);
});

test('the sign beside a page’s name leads to what the guide says of it, at its section; the way back is one step', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/security`);
  await page.getByRole('link', { name: 'About this page, in the guide' }).click();
  const heading = page.getByRole('heading', { name: 'What members may do with keys' });
  await heading.waitFor();
  await expect.poll(() => page.url()).toMatch(/\/help\/members#what-members-may-do-with-keys$/);
  await expect.poll(() => heading.evaluate((one) => one.matches(':focus'))).toBe(true);
  // Below what stands at the top, and not below the fold.
  const top = (await heading.boundingBox())?.y ?? -1;
  expect(top).toBeGreaterThanOrEqual(56);
  expect(top).toBeLessThan(300);

  await page.getByRole('navigation', { name: 'All guides' }).getByRole('link', { name: 'Leaks', exact: true }).click();
  await page.getByRole('heading', { name: 'Leaks', level: 1 }).waitFor();
  await page.getByRole('heading', { name: 'A key has leaked' }).waitFor();
  await expect.poll(() => page.evaluate<number>('scrollY')).toBe(0);
  await page.goBack();
  await heading.waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Security', level: 1 }).waitFor();
  expect(faults).toEqual([]);
});

test('T39 in Chinese the guide is read in Chinese, at the sections of the English one; another language stays where one reads', async () => {
  const { page, faults } = await console.signedIn({ locale: 'zh-CN' });
  await page.goto('/help/keys#rotate');
  const text = page.locator('.guide-text');
  const rotate = text.getByRole('heading', { name: '轮换' });
  await expect.poll(() => rotate.evaluate((one) => one.matches(':focus'))).toBe(true);
  expect(await text.getAttribute('lang')).toBe('zh-CN');
  expect(await rotate.getAttribute('id')).toBe('rotate');

  // Further down than the address says.
  const far = text.locator('#prove-again-who-you-are');
  await far.evaluate((one) => one.scrollIntoView());
  await page.evaluate('new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)))');
  await page.getByRole('button', { name: 'English' }).click();
  await text.getByRole('heading', { name: 'Prove again who you are' }).waitFor();
  expect(await text.getAttribute('lang')).toBe('en');
  const isAtTop = async () => Math.abs(((await far.boundingBox())?.y ?? -1000) - 72) < 24;
  await expect.poll(isAtTop).toBe(true);
  // And back, with a text that is there already.
  await page.getByRole('button', { name: '中文' }).click();
  await text.getByRole('heading', { name: '再次验证身份' }).waitFor();
  await expect.poll(isAtTop).toBe(true);

  // A link to another guide, at its section, stays in the console and in Chinese.
  await page.goto('/help/limits');
  await text.getByRole('link', { name: '它的调用计入其中' }).click();
  const temporary = text.getByRole('heading', { name: '临时 Key' });
  await expect.poll(() => temporary.evaluate((one) => one.matches(':focus'))).toBe(true);
  await expect.poll(() => page.url()).toMatch(/\/help\/keys#temporary-keys$/);
  await page.getByRole('heading', { name: 'API Key', level: 1 }).waitFor();
  expect(faults).toEqual([]);
});

test('lines of the guide are copied as they stand, and a section by its own address', async () => {
  const { page } = await console.signedIn({ permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto('/help/keys');
  const lines = page.locator('.guide-lines').first();
  await lines.getByRole('button', { name: 'Copy these lines' }).click();
  await page.getByText('Copied').waitFor();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect((await textOf('keys')).includes(`\n${copied}\n`)).toBe(true);
  const heading = page.getByRole('heading', { name: 'Expiry' });
  await heading.hover();
  await heading.getByRole('link', { name: 'Link to Expiry' }).click();
  await expect.poll(() => page.url()).toMatch(/\/help\/keys#expiry$/);
});

test('a guide that cannot be had is said and asked for again; one that does not exist is not there', async () => {
  const { page } = await console.signedIn();
  let isDown = true;
  await page.route('**/docs/guide/leaks', (route) => (isDown ? route.fulfill({ status: 502 }) : route.continue()));
  await page.goto('/help/leaks');
  await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
  isDown = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'A key has leaked' }).waitFor();
  for (const name of ['nothing', '__proto__', 'constructor', '..%2freference%2froles']) {
    await page.goto(`/help/${name}`);
    await page.getByText('Not found').waitFor();
    expect(await page.locator('.guide-text').count()).toBe(0);
  }
});

test('nothing runs and nothing is fetched that a page of the guide may hold', async () => {
  const { page, faults } = await console.signedIn();
  const foul = `<main><h1>x</h1><h2 id="one">Foul</h2><p onclick="alert(1)">a <script>globalThis.ran=1</script>
    <img src="/docs/nothing.png" onerror="globalThis.ran=2"><a href="javascript:globalThis.ran=3">b</a>
    <a href="//evil.test/x">c</a><iframe src="/docs"></iframe><svg onload="globalThis.ran=4"></svg></p></main>`;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.route('**/docs/guide/leaks', (route) => route.fulfill({ contentType: 'text/html', body: foul }));
  await page.goto('/help/leaks');
  await page.getByRole('heading', { name: 'Foul' }).waitFor();
  expect(await page.evaluate('globalThis.ran')).toBeUndefined();
  const text = page.locator('.guide-text');
  expect(await text.locator('script, img, iframe, svg:not(.anticon svg), [onclick]').count()).toBe(0);
  expect(await text.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual([
    '/help/leaks#one',
    'http://evil.test/x',
  ]);
  expect(asked.filter((path) => path.endsWith('.png'))).toEqual([]);
  // The browser says of each handler that it did not run.
  expect(faults.filter((fault) => !fault.startsWith('Executing inline event handler violates'))).toEqual([]);
});

test.each(LOOKS)('T39 the guide, $locale, $colorScheme, $viewport.width wide', async (look) => {
  const { page, faults } = await console.signedIn(look);
  await page.goto('/help/limits');
  await page.locator('.guide-text h2').first().waitFor();
  expect(await console.look(page, 'guide')).toEqual([]);
  if (look.locale === 'zh-CN') {
    await page.getByRole('heading', { name: '限额', level: 1 }).waitFor();
    await page.getByRole('heading', { name: '项目和账号预算' }).waitFor();
    await page.locator('details').getByText('使用指南目录').click();
    await page.getByRole('link', { name: '用量', exact: true }).click();
    await page.getByRole('heading', { name: '用量', level: 1 }).waitFor();
    await page.getByRole('heading', { name: '被拒请求' }).waitFor();
    // On a phone what is said of a name does not begin where the page ends.
    const beyond = `[...document.querySelectorAll('.guide-wide')].filter((one) => !one.querySelector('th:nth-child(3)'))
      .map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)`;
    expect(await page.evaluate(beyond)).toEqual([0]);
    await page.keyboard.press('Control+k');
    await page.locator('.finder').waitFor();
    await page.keyboard.type('泄露');
    await page.locator('.finder').getByRole('option').filter({ hasText: '泄露后的四个处理步骤' }).waitFor();
    await page.keyboard.press('Escape');
  }
  expect(faults).toEqual([]);
});
