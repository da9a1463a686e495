import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referencePages } from '../scripts/docs.ts';
import { ROOT_KEY, startTestApp, type TestApp } from './kit/app.ts';

const docs = resolve(import.meta.dirname, '../docs');
const guides = [
  'keys',
  'limits',
  'catalogue',
  'management-api',
  'usage',
  'verify',
  'notices',
  'members',
  'services',
  'hygiene',
  'leaks',
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.remove());

test('docs/reference says what the program says: run `npm run docs` when this fails', async () => {
  for (const [name, text] of await referencePages())
    expect([name, await readFile(join(docs, 'reference', name), 'utf8')]).toEqual([name, text]);
});

describe('A21 the documentation is served for people and programs', () => {
  const page = async (path: string, init: RequestInit = {}) =>
    fetch(`${app.url}${path}`, { redirect: 'manual', ...init });

  test('every page is HTML at its address and Markdown with .md, and llms.txt and the index list it', async () => {
    const llms = await (await page('/docs/llms.txt')).text();
    const index = await (await page('/docs')).text();
    for (const section of ['guide', 'guide-zh-CN', 'reference', 'decisions']) {
      for (const name of (await readdir(join(docs, section))).filter((one) => one.endsWith('.md'))) {
        const path = `/docs/${section}/${name.slice(0, -3)}`;
        const html = await page(path);
        expect([path, html.status, html.headers.get('content-type')]).toEqual([path, 200, 'text/html; charset=utf-8']);
        expect(await html.text()).toContain('<h1');
        const markdown = await page(`${path}.md`);
        expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
        expect(await markdown.text()).toBe(await readFile(join(docs, section, name), 'utf8'));
        const { mtimeMs } = await stat(join(docs, section, name));
        expect(markdown.headers.get('last-modified')).toBe(new Date(mtimeMs).toUTCString());
        expect(llms).toContain(`](${path}.md)`);
        expect(index).toContain(`href="${path}"`);
      }
    }
  });

  test('every link between pages leads to a page, and every # to a heading', async () => {
    const pages = [...(await (await page('/docs/llms.txt')).text()).matchAll(/\]\((\/docs\/[^)]+)\.md\)/g)].map(
      ([, path = '']) => path,
    );
    const html = new Map(
      await Promise.all(pages.map(async (path) => [path, await (await page(path)).text()] as const)),
    );
    for (const [path, text] of html) {
      for (const [, href = ''] of (text.split('<main>')[1] ?? '').matchAll(/href="([^"]+)"/g)) {
        if (/^https?:/.test(href)) continue;
        const target = new URL(href, `http://x${path}`);
        const there = target.pathname === '/docs' ? '' : html.get(target.pathname);
        const anchor = target.hash === '' ? '' : `id="${decodeURIComponent(target.hash.slice(1))}"`;
        expect([path, href, there?.includes(anchor)]).toEqual([path, href, true]);
      }
    }
  });

  test('T39 the guide is there in Chinese, said to be Chinese, at the anchors of the English one', async () => {
    const chinese = await (await page('/docs/guide-zh-CN/keys')).text();
    expect(chinese).toContain('<html lang="zh-CN">');
    const anchors = (html: string) => [...html.matchAll(/<h\d id="([^"]+)"/g)].map(([, id]) => id);
    expect(anchors(chinese)).toEqual(anchors(await (await page('/docs/guide/keys')).text()));
    expect(anchors(chinese)).toContain('prove-again-who-you-are');
    // Who has come to the wrong language is one step from the right one.
    expect(chinese).toContain('<a href="/docs/guide/keys" lang="en" hreflang="en">English</a>');
    expect(chinese).toContain('<a href="#pages">全部页面</a>');
    const english = await (await page('/docs/guide/keys')).text();
    expect(english).toContain('<a href="/docs/guide-zh-CN/keys" lang="zh-CN" hreflang="zh-CN">中文</a>');
    expect(english).toContain('<a href="#pages">All pages</a>');
    expect(await (await page('/docs/reference/roles')).text()).not.toContain('hreflang');
    expect(await (await page('/docs/llms.txt')).text()).toContain(
      '## 使用指南\n\n- [控制台](/docs/guide-zh-CN/console.md)',
    );
    expect(await (await page('/docs')).text()).toContain('<section lang="zh-CN"><h2>使用指南</h2>');
  });

  test('pages run nothing, fetch nothing and cannot be framed', async () => {
    const answer = await page('/docs/guide/keys');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; .*frame-ancestors 'none'$/,
    );
    expect(await answer.text()).not.toMatch(/<script|\son\w+=|javascript:/i);
  });

  test.each([
    '/docs/../package.json',
    '/docs/..%2fpackage.json',
    '/docs/guide/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/etc/passwd',
    '/docs/guide/nothing',
    '/docs/guide/keys.md.md',
    '/docs/pictures/overview.svg',
    '/docs/__proto__',
    '/docs/constructor',
  ])('%s leads nowhere', async (path) => expect((await page(path)).status).toBe(404));
});

describe('what the guides say works as pasted', () => {
  const run = promisify(execFile);

  test.each(guides)('guide/%s', async (name) => {
    const text = await readFile(join(docs, 'guide', `${name}.md`), 'utf8');
    // curl writes the status of each call beside the answer, so that a call which is refused shows.
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block);
    const script = blocks.join('\n').replaceAll('curl -sS', `curl -sS -w '%{stderr}%{http_code} %{method} %{url}\\n'`);
    const folder = await mkdtemp(join(tmpdir(), 'keyward-guide-'));
    try {
      const env = { PATH: process.env['PATH'], KEYWARD_URL: app.url, KEYWARD_ROOT_KEY: ROOT_KEY };
      const { stderr } = await run('sh', ['-e', '-u', '-c', script], { cwd: folder, env });
      const statuses = stderr.split('\n').filter((line) => /^\d{3} /.test(line));
      expect(statuses.length).toBeGreaterThan(2);
      // The one call that is meant to be refused is the deletion without its confirmation.
      expect(statuses.filter((line) => !/^20[0124] /.test(line) && !line.startsWith('428 DELETE'))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
