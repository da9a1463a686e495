// What the server says to people, word for word in its code, and what the console makes of it in Chinese.

import { parseSync, Visitor, type ESTree } from 'vite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { inChinese, SENTENCES } from '../../console/src/api/chineseFaults.ts';
import type { Fault } from '../../src/core/fault.ts';
import { parseAddressList } from '../../src/core/network.ts';
import { compileSchema } from '../../src/http/manage/reading.ts';
import { repositoryFiles } from '../kit/repository.ts';

/** Said to programs, at doors that no page knocks at, or at a terminal. */
const FOR_PROGRAMS = [
  /^src\/http\/(?!manage|session)/,
  /^src\/store\/(?:migrations|secretExchange|sqliteFiles)\.ts$/,
  /^src\/upstream\/(?!identityProvider|providerCheck|webhook)/,
  /^src\/http\/manage\/(?:foundKeys|idempotency)\.ts$/,
  /^src\/service\/(?:administrator|calls|passage|finders)\.ts$/,
];
const NOT_SHOWN = [
  /^A change made with the session cookie needs the header/,
  /^This operation is for people who are signed in; a key cannot call it\.$/,
  /^Up to 500 characters\. /,
  // Put together elsewhere, and looked at with what is said of fields.
  /^Entry 7 \(7\) 7$/,
  /^What the caller of the gateway would read\.$/,
];

/** What comes with an answer to an operation that went well. */
const CHECK = 'src/upstream/providerCheck.ts';
const TOLD_BY_PAGES = /^src\/upstream\/(?:providerCheck|webhookSender)\.ts$/;

interface Said {
  readonly path: string;
  readonly sentence: string;
  /** It stands in a fault, or is what a schema says of a field. */
  readonly isFault: boolean;
}

/** The sentences in a file. What a template leaves open is filled in. */
function sentencesIn(path: string, text: string): Said[] {
  const said: Said[] = [];
  let faults = 0;
  const isFault = (name: string) => /Fault|faulty|invalidField/.test(name);
  const isSaying = (node: ESTree.ObjectProperty) =>
    node.key.type === 'Identifier' && /^(?:detail|error)$/.test(node.key.name);
  const add = (sentence: string) => {
    if (/^[A-Z"`\d].* .*[.\d]$/s.test(sentence)) {
      said.push({ path, sentence, isFault: faults > 0 });
      // A test of a provider says with it what happened.
      if (path === 'src/upstream/forward.ts' && sentence.endsWith('.'))
        said.push({ path: CHECK, sentence: `${sentence} (7)`, isFault: true });
    }
  };
  const within = (by: 1 | -1, callee: ESTree.Expression) => {
    if (callee.type === 'Identifier' && isFault(callee.name)) faults += by;
  };
  new Visitor({
    NewExpression: ({ callee }) => within(1, callee),
    'NewExpression:exit': ({ callee }) => within(-1, callee),
    CallExpression: ({ callee }) => within(1, callee),
    'CallExpression:exit': ({ callee }) => within(-1, callee),
    Property: (node) => void (isSaying(node as ESTree.ObjectProperty) && faults++),
    'Property:exit': (node) => void (isSaying(node as ESTree.ObjectProperty) && faults--),
    Literal: ({ value }) => void (typeof value === 'string' && add(value)),
    TemplateLiteral: (node) => readings(node).forEach(add),
  }).visit(parseSync(path, text).program);
  return said;
}

/** What a text can come to: a number stands where it is open, which is a name and a word as well. */
function readings(node: ESTree.Expression): string[] {
  if (node.type === 'Literal' && typeof node.value === 'string') return [node.value];
  if (node.type === 'ConditionalExpression') return [...readings(node.consequent), ...readings(node.alternate)];
  if (node.type !== 'TemplateLiteral') return ['7'];
  const parts = node.quasis.map(({ value }, index) => [value.cooked ?? '', node.expressions[index]] as const);
  return parts.reduce<string[]>(
    (before, [text, hole]) =>
      before.flatMap((one) => (hole === undefined ? [''] : readings(hole)).map((filled) => `${one}${text}${filled}`)),
    [''],
  );
}

const all = repositoryFiles()
  .filter(({ path }) => /^src\/(?:core|service|store|upstream|http)\/.*(?<!\.test)\.ts$/.test(path))
  .flatMap(({ path, text }) => sentencesIn(path, text));

/** What is said of fields of the wrong form is put together as they are read. */
function complaints(): string[] {
  const read = compileSchema({
    schema: z.strictObject({
      text: z.string().min(1).max(2),
      long: z.string().min(3).max(4),
      short: z.string().max(1),
      list: z.array(z.string()).min(1),
      lists: z.array(z.string()).min(2),
      many: z.array(z.string()).max(1),
      small: z.number().max(1),
      large: z.number().min(9),
      whole: z.int(),
      number: z.number(),
      on: z.boolean(),
      choice: z.enum(['one', 'two']),
      missing: z.string(),
    }),
    method: 'POST',
    url: '/',
    httpPart: 'body',
  });
  const body = { text: '', long: 'a', short: 'long', list: [], lists: [], many: ['a', 'b'], small: 7, large: 7 };
  const answer = read({ ...body, whole: 1.5, number: 'x', on: 'x', choice: 'x', unknown: 1 }) as { error: Fault };
  const { message, details } = answer.error;
  const addresses = parseAddressList(['a', '192.0.2.7/24', '192.0.2.7/99', '192.0.2.7', '192.0.2.7'], '');
  const errors = [...(details.errors ?? []), ...(addresses.ok ? [] : addresses.errors)];
  return [message, ...errors.map(({ detail }) => detail)];
}

const told = (detail: string) => inChinese({ code: 'unknown', detail } as never).detail;

test('T39 every sentence that the server says to people is known in Chinese', () => {
  const shown = all.filter(
    ({ path, sentence, isFault }) =>
      (isFault || TOLD_BY_PAGES.test(path)) &&
      ![...FOR_PROGRAMS.map((one) => one.test(path)), ...NOT_SHOWN.map((one) => one.test(sentence))].includes(true),
  );
  expect(shown.length).toBeGreaterThan(150);
  const unknown = shown.filter(({ sentence }) => !/\p{sc=Han}/u.test(told(sentence)));
  expect(unknown.map(({ path, sentence }) => `${path}: ${sentence}`)).toEqual([]);
});

test('T39 what is said of a field is in Chinese, and no open place is left', () => {
  const said = complaints();
  expect(said.length).toBeGreaterThan(16);
  for (const sentence of said) expect(told(sentence), sentence).toMatch(/\p{sc=Han}/u);
  for (const { sentence } of all) expect(told(sentence), sentence).not.toMatch(/\$\d/);
});

test('no sentence is kept in Chinese that the server does not say', () => {
  const said = [...all.map(({ sentence }) => sentence), ...complaints()];
  const unsaid = SENTENCES.filter(([pattern]) => !said.some((sentence) => pattern.test(sentence)));
  expect(unsaid.map(([pattern]) => pattern.source)).toEqual([]);
});
