// The eyes of the other tests: `look` sees what comes late, and says what is wrong with it.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { browserPages } from '../kit/browserPages.ts';
import { startChromium } from '../kit/chromium.ts';
import { look } from '../kit/look.ts';

const FAINT = 'color: #bbb; background: #fff';
const WIDE = 'width: 2000px';

let server: Server;
let browser: Browser;
let url: string;

/** A page that asks for a style twice, one after the other, and shows a line that has the second. */
const pageOf = (
  style: string,
) => `<!doctype html><html lang="en"><title>Late</title><main><h1>Late</h1></main><script type="module">
  await (await fetch('/first')).text();
  const line = document.createElement('p');
  line.textContent = 'It came late.';
  line.style = await (await fetch('/late?' + ${JSON.stringify(encodeURIComponent(style))})).text();
  document.querySelector('main').append(line);
</script>`;

/** Long after a page without its answers would have been still. */
const answerLate = (response: ServerResponse, text: string) => setTimeout(() => response.end(text), 500);

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://localhost');
    const given = decodeURIComponent(search.slice(1));
    if (pathname === '/first' || pathname === '/late') return void answerLate(response, given);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(pageOf(given));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await startChromium();
});
afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
});

test.each([
  ['nothing, where nothing is wrong', '', []],
  ['letters too faint to read', FAINT, [/^color-contrast: <p .*It came late\./]],
  ['a page wider than its window', WIDE, [/^2\d\d\d wide in a window of 1280$/]],
  ['both', `${FAINT}; ${WIDE}`, [/^2\d\d\d wide/, /^color-contrast: /]],
])('a look finds %s, in what is there only after the second of two late answers', async (_, style, found) => {
  const { page } = await browserPages(browser, url).open();
  await page.goto(`/page?${encodeURIComponent(style)}`);
  expect(await look(page, 'kit')).toEqual(found.map((pattern) => expect.stringMatching(pattern)));
});
