import { createHash } from 'node:crypto';

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--paper:#fff;--tint:#f5f7f9;--link:#0b62c4}
@media (prefers-color-scheme:dark){:root{--ink:#e3e8ee;--soft:#98a4b3;--line:#2c3540;--paper:#11161c;--tint:#1a2129;--link:#71b0ff}}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:var(--paper);font:16px/1.6 system-ui,sans-serif}
a{color:var(--link);text-underline-offset:.15em}
.shell{display:grid;grid-template-columns:15rem minmax(0,1fr);max-width:74rem;margin:0 auto}
header{display:none;gap:1rem;padding:1rem;border-bottom:1px solid var(--line)}
header .home{margin:0 auto 0 0}
nav{padding:1.5rem 1rem;border-right:1px solid var(--line);font-size:.9rem}
.home{display:block;font-weight:650;font-size:1.05rem;color:inherit;text-decoration:none;margin-bottom:1rem}
nav h2{margin:1.2rem 0 .3rem;font-size:.75rem;font-weight:650;text-transform:uppercase;letter-spacing:.06em;color:var(--soft)}
nav ul{list-style:none;margin:0;padding:0}
nav li a{display:block;padding:.15rem .5rem;border-radius:.3rem;color:inherit;text-decoration:none}
nav li a:hover{background:var(--tint)}
nav a[aria-current]{background:var(--tint);color:var(--link);font-weight:600}
main{padding:1.5rem 2rem 4rem;min-width:0}
h1{font-size:1.9rem;line-height:1.2;margin:.3rem 0 1rem}
main h2{margin:2.2rem 0 .6rem;padding-top:.8rem;border-top:1px solid var(--line);font-size:1.3rem}
main h3{margin:1.6rem 0 .4rem;font-size:1.05rem}
code{font:.88em/1.5 ui-monospace,monospace;background:var(--tint);padding:.1em .3em;border-radius:.25rem;overflow-wrap:anywhere}
pre{background:var(--tint);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;overflow-x:auto}
pre code{background:none;padding:0;overflow-wrap:normal}
.wide{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem;border-bottom:1px solid var(--line)}
th{color:var(--soft);font-weight:600}
td code{overflow-wrap:normal}
td:first-child code{white-space:nowrap}
/* On a phone a name and what is said of it stand one below the other. */
@media (max-width:36rem){table:not(:has(th:nth-child(3))){&,& :is(tbody,tr,td){display:block}& thead{position:absolute;clip-path:inset(50%)}& td:first-child{padding-bottom:0;border-bottom:0}& td:first-child code{white-space:normal}}}
blockquote{margin:1rem 0;padding:.1rem 1rem;border-left:3px solid var(--link);background:var(--tint)}
/* On a narrow screen the text comes first, and the list of pages is one tap away behind it. */
@media (max-width:50rem){header{display:flex}.shell{display:flex;flex-direction:column-reverse}nav{border-right:0;border-top:1px solid var(--line)}nav .home{display:none}main{padding:1rem 1rem 2rem}}
@media print{nav,header{display:none}.shell{display:block}}
`;

/** Nothing runs on these pages and nothing is fetched for them but this one style. */
export const DOCS_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A page in its shell: the list of pages beside its text. `content` is HTML; `here` is the page's entry, none for the index. */
export function docsPage(title: string, content: string, entries: readonly DocsEntry[], here?: DocsEntry): string {
  const sections = [...new Set(entries.map(({ section }) => section))];
  const lists = sections.map((section) => {
    const items = entries.filter((entry) => entry.section === section);
    const links = items.map(
      ({ path, title: name }) =>
        `<li><a href="/docs/${path}"${path === here?.path ? ' aria-current="page"' : ''}>${plain(name)}</a></li>`,
    );
    return `<section lang="${section.language}"><h2>${section.name}</h2><ul>${links.join('')}</ul></section>`;
  });
  const language = here?.section.language ?? 'en';
  const { pages, docs } = WORDS[language];
  const twin = here && twinOf(here, entries);
  const other = twin
    ? `<a href="/docs/${twin.path}" lang="${twin.section.language}" hreflang="${twin.section.language}">${WORDS[twin.section.language].name}</a>`
    : '';
  const markdown = here ? `<link rel="alternate" type="text/markdown" href="/docs/${here.path}.md">` : '';
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${plain(title)} · Keyward</title>${markdown}<style>${STYLE}</style></head>
<body><header><a class="home" href="/docs">Keyward</a>${other}<a href="#pages">${pages}</a></header><div class="shell"><nav id="pages" aria-label="${docs}"><a class="home" href="/docs">Keyward</a>${other}${lists.join('')}</nav><main>${content}</main></div></body>
</html>
`;
}

/** What stands around a page, in its language. */
const WORDS = {
  en: { name: 'English', pages: 'All pages', docs: 'Documentation' },
  'zh-CN': { name: '中文', pages: '全部页面', docs: '文档' },
} as const;

/** The same page in the other language. */
function twinOf({ path, section }: DocsEntry, entries: readonly DocsEntry[]): DocsEntry | undefined {
  const name = path.slice(path.indexOf('/'));
  const folders = entries.map((one) => one.section).filter((one) => one.original === section.folder);
  const folder = section.original ?? folders[0]?.folder;
  return entries.find((one) => one.path === `${folder}${name}`);
}

function plain(text: string): string {
  return text.replaceAll('`', '').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** A page of the documentation: `path` is its address under /docs without ending, `text` its Markdown. */
export interface DocsEntry {
  readonly path: string;
  readonly section: DocsSection;
  readonly title: string;
  readonly text: string;
  readonly changedAtMs: number;
}

/** A folder of pages in one language. `original`: the folder whose pages these are, by the same names, in another. */
export interface DocsSection {
  readonly folder: string;
  readonly name: string;
  readonly language: 'en' | 'zh-CN';
  readonly original?: string;
}
