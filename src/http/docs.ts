import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Marked, type Tokens } from 'marked';
import { Fault } from '../core/fault.ts';
import { docsPage, DOCS_POLICY, type DocsEntry, type DocsSection } from './docsPage.ts';

/** The folders that are published, in the order of the index. Nothing else under docs/ is. */
const SECTIONS: readonly DocsSection[] = [
  { folder: 'guide', name: 'Guide', language: 'en' },
  { folder: 'guide-zh-CN', name: '使用指南', language: 'zh-CN', original: 'guide' },
  { folder: 'reference', name: 'Reference', language: 'en' },
  { folder: 'decisions', name: 'Decisions', language: 'en' },
];

/** Guides in the order of reading; others follow by name. */
const READING = [
  'console',
  'gateway',
  'keys',
  'limits',
  'usage',
  'verify',
  'services',
  'proxies',
  'errors',
  'catalogue',
  'notices',
  'people',
  'members',
  'audit',
  'management-api',
  'command-line',
  'operating',
];

/**
 * `/docs`: every page as HTML, as Markdown at the same address with `.md`, and listed in `llms.txt`. Pages are read once
 * and found by name in that list, so no address reaches another file.
 */
export async function docsRoutes(app: FastifyInstance, dir: string): Promise<void> {
  const entries = await readEntries(dir);
  const pages = new Map(entries.map((entry) => [entry.path, entry]));
  const asHtml = new Map(
    entries.map((entry) => {
      const { folder, original = folder } = entry.section;
      const written = pages.get(entry.path.replace(folder, original)) ?? entry;
      return [entry.path, docsPage(entry.title, toHtml(entry, written), entries, entry)];
    }),
  );
  const index = docsPage('Keyward documentation', indexHtml(entries), entries);
  const llms = llmsText(entries);
  const latest = changed(Math.max(0, ...entries.map(({ changedAtMs }) => changedAtMs)));
  const html = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': DOCS_POLICY,
    'cache-control': 'no-cache',
  };

  app.get('/docs', async (_request, reply) => reply.headers(html).send(index));
  app.get('/docs/', async (_request, reply) => reply.redirect('/docs', 308));
  app.get('/docs/llms.txt', async (_request, reply) =>
    reply
      .headers({ 'cache-control': 'no-cache', ...latest })
      .type('text/plain; charset=utf-8')
      .send(llms),
  );
  app.get<{ Params: { '*': string } }>('/docs/*', async (request, reply) => {
    const path = request.params['*'];
    const page = asHtml.get(path);
    if (page !== undefined) return reply.headers(html).send(page);
    const entry = path.endsWith('.md') ? pages.get(path.slice(0, -3)) : undefined;
    if (!entry) throw new Fault('not_found', 'There is no such page. /docs lists all.');
    return reply
      .headers({ 'cache-control': 'no-cache', ...changed(entry.changedAtMs) })
      .type('text/markdown; charset=utf-8')
      .send(entry.text);
  });
}

/** When what is sent was changed last on this server. */
function changed(atMs: number): Record<string, string> {
  return { 'last-modified': new Date(atMs).toUTCString() };
}

async function readEntries(dir: string): Promise<DocsEntry[]> {
  const entries: DocsEntry[] = [];
  for (const section of SECTIONS) {
    const folder = join(dir, section.folder);
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => /^[a-z0-9-]+\.md$/.test(one)).toSorted(byReading)) {
      const text = await readFile(join(folder, name), 'utf8');
      const path = `${section.folder}/${name.slice(0, -3)}`;
      const { mtimeMs: changedAtMs } = await stat(join(folder, name));
      entries.push({ path, section, title: /^# (.+)$/m.exec(text)?.[1] ?? path, text, changedAtMs });
    }
  }
  return entries;
}

function byReading(a: string, b: string): number {
  const place = (name: string): number => {
    const at = READING.indexOf(name.slice(0, -3));
    return at < 0 ? READING.length : at;
  };
  return place(a) - place(b) || (a < b ? -1 : 1);
}

/**
 * Our own pages only: Markdown may hold HTML, and these may too. A page in another language has its headings at the anchors
 * of `original`, so that a link with a # fits both.
 */
function toHtml({ text }: DocsEntry, original: DocsEntry): string {
  const marked = new Marked({ async: false, gfm: true });
  const anchors = anchorsOf(original.text);
  let at = 0;
  marked.use({
    renderer: {
      heading({ tokens, depth }) {
        return `<h${depth} id="${anchors[at++] ?? `section-${at}`}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      table(token) {
        const row = (cells: typeof token.header, tag: string) =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>`;
        return `<div class="wide"><table><thead>${row(token.header, 'th')}</thead><tbody>${token.rows.map((cells) => row(cells, 'td')).join('')}</tbody></table></div>\n`;
      },
      link({ href, tokens }) {
        const inside = this.parser.parseInline(tokens);
        const target = linkTarget(href);
        return target === null ? inside : `<a href="${target}">${inside}</a>`;
      },
    },
  });
  return marked.parse(text) as string;
}

/** The ids of a page's headings, in their order. */
function anchorsOf(text: string): string[] {
  const marked = new Marked({ gfm: true });
  const used = new Map<string, number>();
  const anchors: string[] = [];
  void marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type === 'heading') anchors.push(anchorOf((token as Tokens.Heading).text, used));
  });
  return anchors;
}

/** The heading's id as code hosts make it, so that links work there and here; repeated ones are numbered. */
function anchorOf(heading: string, used: Map<string, number>): string {
  const base = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
  const times = used.get(base) ?? 0;
  used.set(base, times + 1);
  return times === 0 ? base : `${base}-${times}`;
}

/** Links between pages lose their `.md`; those to files outside docs/ lead nowhere here and become plain text. */
function linkTarget(href: string): string | null {
  if (/^(?:https?:|#|\/)/.test(href)) return escapeHtml(href);
  const match = /^((?:\.\.?\/)?(?:[a-z]+\/)?[a-z0-9-]+)\.md(#.*)?$/.exec(href);
  return match ? escapeHtml(`${match[1]}${match[2] ?? ''}`) : null;
}

function indexHtml(entries: readonly DocsEntry[]): string {
  const lists = SECTIONS.map((section) => {
    const items = entries.filter((entry) => entry.section === section);
    const list = items.map((entry) => `<li><a href="/docs/${entry.path}">${escapeHtml(entry.title)}</a></li>`).join('');
    return items.length === 0
      ? ''
      : `<section lang="${section.language}"><h2>${section.name}</h2><ul>${list}</ul></section>`;
  });
  const machines =
    '<p>For programs: every page is Markdown at its address with <code>.md</code>; <a href="/docs/llms.txt">llms.txt</a> lists them, <a href="/api/v1/openapi.json">openapi.json</a> describes the API.</p>';
  return `<h1>Keyward documentation</h1>${lists.join('')}${machines}`;
}

/** The index for programs (llmstxt.org). */
function llmsText(entries: readonly DocsEntry[]): string {
  const sections = SECTIONS.map((section) => {
    const items = entries.filter((entry) => entry.section === section);
    const lines = items.map((entry) => `- [${entry.title}](/docs/${entry.path}.md)`);
    return items.length === 0 ? '' : `\n## ${section.name}\n\n${lines.join('\n')}\n`;
  });
  return `# Keyward\n\n> Issues, scopes, meters and revokes API keys for model services. OpenAPI: /api/v1/openapi.json\n${sections.join('')}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
