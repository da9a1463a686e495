import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryFiles, repositoryRoot } from '../kit/repository.ts';

type Words = { readonly [name: string]: string | Words };

/** What all rooms say in a language. */
function read(language: string): Words {
  const folder = join(repositoryRoot, 'console/src/locales', language);
  const rooms = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Words);
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
  for (const [name, text] of flat(english)) expect(open(flat(chinese).get(name) ?? ''), name).toEqual(open(text));
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
