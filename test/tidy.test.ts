// Holds the house to its plan. Each rule is run over the repository and, so that a rule that sees nothing cannot pass
// for a house in order, over a small example that breaks it and one that keeps it.

import { expect, test } from 'vitest';
import released from './kit/migrations.lock.json' with { type: 'json' };
import { repositoryFiles } from './kit/repository.ts';
import * as tidy from './kit/tidy.ts';

/** Files over 300 lines with the length they may not pass. This list only shrinks. */
const longFiles: Record<string, number> = {};

interface Example {
  readonly guarantee: string;
  readonly rule: tidy.Rule;
  /** Each entry alone breaks the rule. */
  readonly bad: Record<string, string>;
  /** All of them together keep it. */
  readonly good: Record<string, string>;
}

const manyLines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const line${at} = ${at};`).join('\n');
// What two of the rules forbid is spelled in halves, because this file keeps them too.
const mark = (head: string, tail: string) => `// ${head}${tail} later`;
const call = (before: string, after: string) => `${before}.${after}('works', () => {});`;

const examples: readonly Example[] = [
  {
    guarantee: 'imports point inward: core knows nobody, only app, main and cli know everybody',
    rule: tidy.importsPointInward,
    bad: {
      'src/core/a.ts': `import type { Database } from '../store/schema.ts';`,
      'src/core/b.ts': `export { relay } from '../service/relay.ts';`,
      'src/core/c.ts': `type Row = import('../store/schema.ts').Row;`,
      'src/core/d.ts': `import {\n  type Settings,\n} from '../config.ts';`,
      'src/service/e.ts': `const { send } = await import('../upstream/forward.ts');`,
      'src/store/f.ts': `import '../service/keys.ts';`,
      'src/store/g.ts': `import * as meter from '../upstream/meter.ts';`,
      'src/upstream/h.ts': `import { relay } from '../service/relay.ts';`,
      'src/http/i.ts': `import { keys } from '../store/keys.ts';`,
      'src/http/j.ts': `import { app } from '../app.ts';`,
      'src/http/manage/k.ts': `import { forward } from '../../upstream/forward.ts';`,
      'src/service/l.ts': `import { fixture } from '../../test/kit/fixture.ts';`,
      'src/novelty/m.ts': `export const newFolder = true;`,
    },
    good: {
      'src/app.ts': `import { keys } from './store/keys.ts';\nimport { gateway } from './http/gateway.ts';`,
      'src/config.ts': `import { fault } from './core/fault.ts';`,
      'src/core/key.ts': `import { scope } from './scope.ts'; // not import x from '../store/keys.ts'`,
      'src/service/keys.ts': `import { key } from '../core/key.ts';\nimport { audit } from './audit.ts';`,
      'src/store/migrations/0001-start.ts': `import { schema } from '../schema.ts';`,
      'src/http/manage/keys.ts': `import { keys } from '../../service/keys.ts';\nimport { respond } from '../respond.ts';`,
      'src/service/keys.test.ts': `import { keys } from '../store/keys.ts';`,
    },
  },
  {
    guarantee: 'no files import each other in a circle',
    rule: tidy.importsRunInNoCircle,
    bad: { 'src/core/a.ts': `import type { A } from './a.ts';` },
    good: {
      'src/core/a.ts': `import { b } from './b.ts';\nimport { c } from './c.ts';`,
      'src/core/b.ts': `import { c } from './c.ts';`,
      'src/core/c.ts': `// import { a } from './a.ts';`,
    },
  },
  {
    guarantee: 'core takes nothing from outside but named pure functions',
    rule: tidy.coreStaysPure,
    bad: {
      'src/core/a.ts': `import { readFileSync } from 'node:fs';`,
      'src/core/keyValue.ts': `import { createHmac, randomBytes } from 'node:crypto';`,
      'src/core/scope.ts': `import { createHmac } from 'node:crypto';`,
      'src/core/b.ts': `import { z } from 'zod';`,
      'src/core/network.ts': `import * as crypto from 'node:crypto';`,
    },
    good: {
      'src/core/keyValue.ts': `import { createHmac, timingSafeEqual as same } from 'node:crypto';`,
      'src/core/key.test.ts': `import fc from 'fast-check';`,
      'src/store/a.ts': `import { readFileSync } from 'node:fs';`,
    },
  },
  {
    guarantee: 'only the store speaks SQL, only the doors know the web framework, only doors and upstream speak HTTP',
    rule: tidy.packagesStayHome,
    bad: {
      'src/service/a.ts': `import { sql } from 'kysely';`,
      'src/http/b.ts': `import { DatabaseSync } from 'node:sqlite';`,
      'src/service/c.ts': `import type { FastifyReply } from 'fastify';`,
      'src/upstream/d.ts': `import swagger from '@fastify/swagger';`,
      'src/store/e.ts': `import { request } from 'undici';`,
    },
    good: {
      'src/store/keys.ts': `import { sql } from 'kysely';\nimport pg from 'pg';`,
      'src/http/gateway.ts': `import fastify from 'fastify';`,
      'src/upstream/forward.ts': `import { Pool } from 'undici';`,
      'src/app.ts': `import pg from 'pg';`,
    },
  },
  {
    guarantee: 'the console takes types from the server and nothing that runs',
    rule: tidy.consoleTakesTypesOnly,
    bad: { 'console/src/a.ts': `import { maskKey } from '../../src/core/key.ts';` },
    good: {
      'console/src/b.ts': `import type { Key } from '../../src/core/key.ts';\nimport { page } from './page.ts';`,
    },
  },
  {
    guarantee: 'no file of the server or the console is longer than 300 lines',
    rule: tidy.filesStayShort(longFiles),
    bad: { 'src/core/a.ts': manyLines(301), 'console/src/a.css': manyLines(301) },
    good: { 'src/core/b.ts': `${manyLines(300)}\n`, 'src/core/b.test.ts': manyLines(400), 'test/c.ts': manyLines(400) },
  },
  {
    guarantee: 'only main and cli write to the terminal',
    rule: tidy.onlyProgramsPrint,
    bad: { 'src/http/a.ts': `console.log('hello');` },
    good: {
      'src/cli.ts': `console.log('hello');`,
      'src/http/b.ts': `// console.log('hello');`,
      'bench/c.ts': 'console.log(1)',
    },
  },
  {
    guarantee: 'rules and verbs are given time and chance through ports',
    rule: tidy.clockAndChanceComeThroughPorts,
    bad: {
      'src/core/a.ts': 'const nowMs = Date.now();',
      'src/core/b.ts': 'const now = new Date();',
      'src/service/c.ts': 'const pick = Math.random();',
      'src/service/d.ts': 'const startedAt = performance.now();',
      'src/service/e.ts': `import { randomBytes } from 'node:crypto';`,
      'src/service/f.ts': 'const id = crypto.randomUUID();',
      'src/config.ts': 'const now = `${Date.now()}`;',
    },
    good: {
      'src/core/g.ts': 'const at = new Date(nowMs); // never Date.now()',
      'src/app.ts': 'const clock = () => Date.now();',
      'src/store/h.ts': 'const id = randomUUID();',
      'src/service/i.test.ts': 'const now = Date.now();',
    },
  },
  {
    guarantee: 'no file leaves a note of unfinished work',
    rule: tidy.nothingIsLeftToDo,
    bad: { 'src/a.ts': mark('TO', 'DO'), 'README.md': mark('FIX', 'ME'), '.ci/run': mark('XX', 'X') },
    good: { 'src/b.ts': '// todos is a fine word', 'package-lock.json': mark('XX', 'X') },
  },
  {
    guarantee: 'no file is there only to pass names on',
    rule: tidy.noBarrels,
    bad: {
      'src/core/index.ts': `// All of core.\nexport * from './key.ts';\nexport { type Scope, allows } from './scope.ts';\n`,
      'src/http/doors.ts': `import { gateway } from './gateway.ts';\nexport { gateway };`,
    },
    good: {
      'src/core/key.ts': `export type { Scope } from './scope.ts';\nexport const length = 30;`,
      'src/store/migrations/index.ts': `import * as start from './0001-start.ts';\nexport const migrations = { start };`,
    },
  },
  {
    guarantee: "no folder's name is a word that says nothing",
    rule: tidy.foldersSayWhatTheyHold,
    bad: { 'src/utils/a.ts': '', 'test/helpers/b.ts': '', 'src/http/common/c.ts': '', 'console/src/lib/d.ts': '' },
    good: { 'src/core/shared.ts': '', 'docs/managers.md': '' },
  },
  {
    guarantee: 'every relative link in the documentation leads somewhere',
    rule: tidy.linksLeadSomewhere,
    bad: {
      'README.md': 'See [the guide](docs/guide/start.md).',
      'docs/a.md': '![picture](../pictures/b.svg "Keyward")',
      'docs/b.md': 'See [this].\n\n[this]: ./nowhere.md#top',
      'docs/c.md': '<img src="picture.png">',
    },
    good: {
      'docs/d.md': '[up](../NOTES.md#part), [folder](../docs/), [root](/NOTES.md), [here](#part), `[a](b.md)`',
      'NOTES.md': '[web](https://example.com), [mail](mailto:a@example.com)\n\n```md\n[a](b.md)\n```\n',
    },
  },
  {
    guarantee: 'no test is switched off, put off or run alone',
    rule: tidy.everyTestRuns,
    bad: {
      'src/core/a.test.ts': call('it', 'only'),
      'test/b.test.ts': call('describe', 'skip'),
      'test/c.test.ts': call('test', 'todo'),
      'test/d.test.ts': call('test', 'skipIf(onWindows)'),
      'test/e.test.ts': call('test', 'only.each([1])'),
    },
    good: {
      'test/f.test.ts': `test('works', () => {}); // ${call('test', 'only')}`,
      'src/g.ts': call('query', 'skip'),
    },
  },
  {
    guarantee: 'the lock file names the packages of every platform',
    rule: tidy.lockFileFitsEverywhere,
    bad: {
      'package-lock.json': JSON.stringify({ packages: { '': { optionalDependencies: { 'a-darwin': '1.0.0' } } } }),
    },
    good: { 'package-lock.json': JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }) },
  },
  {
    guarantee: 'the lock file holds no download address',
    rule: tidy.lockFileFitsEverywhere,
    bad: { 'package-lock.json': JSON.stringify({ packages: { 'node_modules/a': { resolved: 'https://a.example' } } }) },
    good: {},
  },
  {
    guarantee: 'a released migration is never edited, and a new one comes last',
    rule: tidy.migrationsStayAsReleased(released),
    bad: {},
    good: {},
  },
];

const files = repositoryFiles();

test('the rules see the files of this repository', () => {
  const paths = files.map(({ path }) => path);
  expect(paths).toContain('test/tidy.test.ts');
  expect(paths).toContain('package.json');
  expect(paths.filter((path) => path.includes('node_modules'))).toEqual([]);
});

for (const { guarantee, rule, bad, good } of examples) {
  test(guarantee, () => {
    for (const [path, text] of Object.entries(bad)) {
      expect(rule([{ path, text }]), `the rule must object to ${path}`).not.toEqual([]);
    }
    expect(rule(Object.entries(good).map(([path, text]) => ({ path, text })))).toEqual([]);
    expect(rule(files)).toEqual([]);
  });
}

test('a circle is told by all the files it runs through, however it is entered', () => {
  const file = (name: string, text: string) => ({ path: `src/core/${name}.ts`, text });
  const circle = [
    file('a', `import { b } from './b.ts';`),
    file('b', `import type { C } from './c.ts';`),
    file('c', `export type { B } from './b.ts';`),
  ];
  expect(tidy.importsRunInNoCircle(circle)).toEqual(['src/core/b.ts imports src/core/c.ts imports src/core/b.ts']);
  expect(tidy.importsRunInNoCircle(circle.toReversed())).toHaveLength(1);
});

test('the list of long files can only shrink', () => {
  const file = { path: 'src/core/a.ts', text: manyLines(350) };
  expect(tidy.filesStayShort({ 'src/core/a.ts': 350 })([file])).toEqual([]);
  expect(tidy.filesStayShort({ 'src/core/a.ts': 349 })([file])).toHaveLength(1);
  expect(tidy.filesStayShort({ 'src/core/b.ts': 400 })([])).toHaveLength(1);
  expect(Object.keys(longFiles).length).toBeLessThanOrEqual(0);
});

test('an edited, missing or early migration is noticed', () => {
  const first = { path: 'src/store/migrations/0001-start.ts', text: 'export const up = 1;' };
  const third = { path: 'src/store/migrations/0003-more.ts', text: 'export const up = 3;' };
  const lock = Object.fromEntries(tidy.migrationsOf([third, first]));
  const rule = tidy.migrationsStayAsReleased(lock);
  expect(Object.keys(lock)).toEqual(['0001-start.ts', '0003-more.ts']);
  expect(rule([first, third, { ...third, path: 'src/store/migrations/0004-new.ts' }])).toEqual([]);
  expect(rule([{ ...first, text: 'export const up = 2;' }, third])).toEqual([
    '0001-start.ts: was released and has been edited',
  ]);
  expect(rule([third])).toEqual(['0001-start.ts: was released and is gone']);
  expect(rule([first, third, { ...third, path: 'src/store/migrations/0002-late.ts' }])).toHaveLength(1);
});
