import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inChinese } from '../../console/src/api/chineseFaults.ts';
import { DENIALS } from '../../src/core/denial.ts';
import { FAULTS } from '../../src/core/fault.ts';
import type { Problem } from '../../src/http/problem.ts';
import { repositoryFiles, repositoryRoot } from '../kit/repository.ts';

type Words = { readonly [name: string]: string | Words };

/** What all rooms say in a language. */
function read(language: string): Words {
  const folder = join(repositoryRoot, 'console/src/locales', language);
  const rooms = readdirSync(folder).map((file) => {
    const text = readFileSync(join(folder, file), 'utf8').trimEnd();
    const room = JSON.parse(text) as Words;
    // Of a name that stands twice in a file the last would be taken, and the line of the other be left.
    expect(JSON.stringify(room, null, 2).split('\n').length, `${language}/${file}`).toBe(text.split('\n').length);
    return room;
  });
  const words = Object.assign({}, ...rooms) as Words;
  // A name in two rooms would hide one of them.
  expect(Object.keys(words)).toHaveLength(rooms.flatMap((room) => Object.keys(room)).length);
  return words;
}
const [english, chinese] = [read('en'), read('zh-CN')];

/** `keys.title` and its text; plural forms count as one. */
function flat(words: Words, before = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([name, one]): [string, string][] =>
      typeof one === 'string'
        ? [[`${before}${name}`.replace(/_(?:one|other)$/, ''), one]]
        : [...flat(one, `${before}${name}.`)],
    ),
  );
}

test('T39 every text is there in English and in Chinese', () => {
  expect([...flat(chinese).keys()].toSorted()).toEqual([...flat(english).keys()].toSorted());
  for (const [name, text] of [...flat(chinese), ...flat(english)]) expect(text.trim(), name).not.toBe('');
});

test('T39 what a text leaves open is the same in both', () => {
  const open = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).toSorted();
  const translated = flat(chinese);
  for (const [name, text] of flat(english)) expect(open(translated.get(name) ?? ''), name).toEqual(open(text));
});

test('no text is left that no page shows', () => {
  const code = repositoryFiles()
    .filter(({ path }) => /^console\/src\/.*\.tsx?$/.test(path))
    .map(({ text }) => text)
    .join('\n');
  // `t(`state.${…}`)` shows all below `state.`.
  const families = [...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, family]) => family ?? '');
  const unused = [...flat(english).keys()].filter(
    (name) => !code.includes(`'${name}'`) && !families.some((family) => name.startsWith(family)),
  );
  expect(unused).toEqual([]);
});

const problem = (code: string, detail: string, errors?: Problem['errors']): Problem => ({
  type: 'about:blank',
  title: '',
  status: 400,
  code,
  detail,
  requestId: '',
  ...(errors && { errors }),
});

test('T39 every refusal and fault of the server has a sentence in Chinese, and the server’s own words where they tell more', () => {
  for (const code of [...Object.keys(FAULTS), ...Object.keys(DENIALS), 'unreachable'])
    expect(inChinese(problem(code, 'Seven of them.')).detail, code).toMatch(
      /^.*\p{sc=Han}[^：]*(?:。|：Seven of them\.)$/u,
    );
  expect(inChinese(problem('conflict', 'This name is taken by Shop.')).detail).toMatch(
    /：This name is taken by Shop\.$/,
  );
  // What is not known is left as it is.
  expect(inChinese(problem('teapot', 'Short and stout.')).detail).toBe('Short and stout.');
});

test('T39 the commonest faults of fields are said in Chinese with their numbers, others as the server says them', () => {
  const { detail, errors } = inChinese(
    problem('invalid_request', '3 fields are faulty; `errors` names each.', [
      { pointer: '/name', detail: 'A name has at most 64 characters, and this one has 70.' },
      { pointer: '/amount', detail: 'This must be at most 1000000.' },
      { pointer: '/x', detail: 'Something else.' },
    ]),
  );
  expect(detail).toBe('有 3 处填写有误。');
  expect(errors?.map((one) => one.detail)).toEqual([
    '名称最多 64 个字符，当前为 70 个。',
    '不能大于 1000000。',
    'Something else.',
  ]);
});
