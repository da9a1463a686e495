// The guide in Chinese is the guide: nobody changes one page without the other.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { misfits, unchinese } from './kit/guidePair.ts';
import { repositoryRoot } from './kit/repository.ts';

const read = (folder: string, page: string) => readFile(join(repositoryRoot, 'docs', folder, page), 'utf8');
const pages = await readdir(join(repositoryRoot, 'docs/guide'));

test('T39 every page of the guide is there in Chinese, and no other', async () => {
  expect((await readdir(join(repositoryRoot, 'docs/guide-zh-CN'))).toSorted()).toEqual(pages.toSorted());
});

test.each(pages)(
  'T39 guide-zh-CN/%s has the headings, code, tables, links and paragraphs of the English page',
  async (page) => {
    expect(misfits(`guide-zh-CN/${page}`, await read('guide', page), await read('guide-zh-CN', page))).toEqual([]);
  },
);

test.each(pages)('T39 guide-zh-CN/%s is Chinese, with a space beside Latin words', async (page) => {
  expect(unchinese(`guide-zh-CN/${page}`, await read('guide-zh-CN', page))).toEqual([]);
});

describe('what would pass unseen is seen', () => {
  const english = `# Keys

A key opens [models](catalogue.md) by \`name\`, **once**.

## Create

\`\`\`sh
keyward keys create
\`\`\`

| field  | meaning |
| ------ | ------- |
| \`name\` | what    |
| \`id\`   | which   |

- one
- two
`;
  const chinese = `# API Key

凭 Key 按 \`name\` 调用[模型](catalogue.md)，**一次**。

## 创建

\`\`\`sh
keyward keys create
\`\`\`

| 字段   | 含义 |
| ------ | ---- |
| \`name\` | 名称 |
| \`id\`   | 标识 |

- 第一
- 第二
`;

  test('a page that fits has nothing said of it', () => {
    expect(misfits('keys.md', english, chinese)).toEqual([]);
    expect(unchinese('keys.md', chinese)).toEqual([]);
  });

  test.each([
    ['a heading of another level', '## 创建', '### 创建', '“Create” (“创建”): level of the heading: 3 instead of 2'],
    ['a section that is missing', /## 创建[^]*/, '', '“Create”: the section is missing'],
    ['a section of its own', /$/, '\n## 更多\n', '“更多”: the section is not in the original'],
    ['other lines of code', 'keys create', 'keys make', '“Create” (“创建”): code blocks: lacks'],
    ['another link', 'catalogue.md', 'limits.md', '“Keys” (“API Key”): links: lacks catalogue.md; has limits.md'],
    ['other inline code', '按 `name`', '按 `id`', '“Keys” (“API Key”): inline code: lacks name; has id'],
    ['inline code that is missing', '按 `name` 调用', '调用', '“Keys” (“API Key”): inline code: lacks name'],
    ['a row that is missing', '| `id`   | 标识 |\n', '', '“Create” (“创建”): tables: lacks'],
    ['rows in another order', /(\| `name`.*\n)(\| `id`.*\n)/, '$2$1', '“Create” (“创建”): tables: lacks'],
    ['a list item that is missing', '- 第二\n', '', '“Create” (“创建”): list items: 1 instead of 2'],
    ['a paragraph more', '## 创建\n', '## 创建\n\n多余。\n', '“Create” (“创建”): paragraphs: 1 instead of 0'],
    ['bold words that are not', '**一次**', '一次', '“Keys” (“API Key”): bold words: 0 instead of 1'],
  ])('%s', (_what, from, to, said) => {
    const [first, ...others] = misfits('keys.md', english, chinese.replace(from, to));
    expect([first?.slice(0, 9 + said.length), first]).toEqual([`keys.md, ${said}`, first]);
    expect(others.filter((other) => !/inline code|lists|paragraphs/.test(other))).toEqual([]);
  });

  test.each([
    ['a sentence that was left in English', '- 第一', '- The first one', 'not in Chinese: The first one'],
    ['a Latin word without a space', '凭 Key 按', '凭Key 按', 'no space: 凭Key 按 `name` 调用模型，一次。'],
    ['code without a space', '按 `name`', '按`name`', 'no space: 凭 Key 按`name` 调用模型，一次。'],
    ['a Latin comma', '，**', ', **', 'Latin punctuation: 凭 Key 按 `name` 调用模型, 一次。'],
    ['bold words that do not close', '**一次**。', '**一次。**也', '** is shown as it stands'],
  ])('%s', (_what, from, to, said) => {
    expect(unchinese('keys.md', chinese.replace(from, to)).join('\n')).toContain(`keys.md: ${said}`);
  });
});
