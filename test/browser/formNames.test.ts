// A fault of the server stands at its field only where the field is called as the member of the body it fills.

import { posix } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FORM_NAMES } from '../../console/src/keys/keyForm.ts';
import type { ApiDescription, JsonSchema } from '../../src/http/openapi.ts';
import { startManagement, type TestManagement } from '../kit/management.ts';
import { repositoryFiles } from '../kit/repository.ts';

/** Fields that no fault of the server can point at, or that are not shown there. */
const OF_THE_PAGE: Record<string, readonly string[]> = {
  // What makes a length of one’s own; what is wrong with it stands at `window`, right above.
  SetLimit: ['kind', 'count', 'each'],
  // In the path.
  AddToProject: ['userId'],
  // Such a key opens no models.
  CreateManagementKey: ['groupId', 'mode', 'resources'],
};

/** What forms send that are handed their path, or what sends it. */
const SENT: Record<string, readonly string[]> = {
  ChangeCap: ['PATCH /accounts/{}/quota', 'PATCH /projects/{}/quota'],
  NameForm: ['PATCH /accounts/{}', 'PATCH /projects/{}'],
  NameDialog: ['PATCH /auth/passkeys/{}', 'POST /auth/passkeys'],
  ProofDialog: ['POST /auth/totp', 'POST /auth/totp/disable', 'POST /auth/recovery-codes'],
};

/** A component, by its file and name. */
interface Part {
  readonly path: string;
  readonly name: string;
  readonly isForm: boolean;
  readonly fields: readonly string[];
  /** Components that it shows, with where they are. */
  readonly shows: readonly (readonly [string, string])[];
  /** `POST /keys/{}/rotate` */
  readonly calls: readonly string[];
  readonly aliases: readonly (readonly [string, readonly string[]])[];
}

const parts = repositoryFiles()
  .filter(({ path }) => /^console\/src\/.*\.tsx$/.test(path))
  .flatMap(({ path, text }) => partsIn(path, text));
const forms = parts.filter(({ isForm, path }) => isForm && !path.startsWith('console/src/form/'));

let app: TestManagement;
let bodies: { readonly call: string; readonly members: readonly string[] }[];

beforeAll(async () => {
  app = await startManagement();
  const api = (await app.call('GET', '/openapi.json', undefined, { key: null })).body as ApiDescription;
  bodies = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      call: `${method.toUpperCase()} ${path.replace('/api/v1', '').replaceAll(/\{\w+\}/g, '{}')}`,
      members: membersOf(requestBody?.content['application/json']?.schema ?? {}, api),
    })),
  );
});
afterAll(() => app.close());

test('every form is seen, with its fields and what it sends', () => {
  expect(forms.length).toBeGreaterThan(35);
  const blind = forms.filter((form) => fieldsOf(form).size === 0 || bodyOf(form).size === 0);
  // The one has the field that it is told, the other a button alone.
  expect(blind.map(({ name }) => name)).toEqual(['ChangeCap', 'Accept']);
  const known = new Set(forms.map(({ name }) => name));
  expect([...Object.keys(OF_THE_PAGE), ...Object.keys(SENT)].filter((name) => !known.has(name))).toEqual([]);
});

test('every field is called as a member of the body, or stands for one', () => {
  const strange = forms.flatMap((form) => {
    const [body, fields, own] = [bodyOf(form), fieldsOf(form), OF_THE_PAGE[form.name] ?? []];
    const standIns = form.aliases.flatMap(([member, names]) => (body.has(member) ? names : []));
    const unknown = [...fields].filter((one) => !body.has(one) && !standIns.includes(one) && !own.includes(one));
    const left = [...own.filter((one) => !fields.has(one)), ...standIns.filter((one) => !fields.has(one))];
    const say = (one: string, what: string) => `${form.path} ${form.name}: ${one} ${what}`;
    return [...unknown.map((one) => say(one, 'is no member')), ...left.map((one) => say(one, 'is no field'))];
  });
  expect(strange).toEqual([]);
});

/** The members of all bodies that a form can send: `name`, `prices/input`. */
function bodyOf({ name, calls }: Part): ReadonlySet<string> {
  const patterns = (SENT[name] ?? calls).map(
    (one) => new RegExp(`^${one.replaceAll(/[.?]/g, String.raw`\$&`).replaceAll('{}', '[^ ]+')}$`),
  );
  return new Set(bodies.filter(({ call }) => patterns.some((one) => one.test(call))).flatMap(({ members }) => members));
}

/** The fields of a form, with those of the components it shows. */
function fieldsOf(part: Part, seen = new Set<Part>()): ReadonlySet<string> {
  seen.add(part);
  const inside = part.shows.flatMap(([path, name]) =>
    parts.filter((one) => one.path === path && one.name === name && !one.isForm && !seen.has(one)),
  );
  return new Set([...part.fields, ...inside.flatMap((one) => [...fieldsOf(one, seen)])]);
}

function membersOf(schema: JsonSchema, api: ApiDescription, before = '', depth = 0): string[] {
  const { $ref, anyOf = [], oneOf = [], allOf = [], properties = {} } = schema as Record<string, never>;
  const named = $ref === undefined ? [] : [api.components.schemas[String($ref).split('/').at(-1) ?? ''] ?? {}];
  const same: JsonSchema[] = [...named, ...anyOf, ...oneOf, ...allOf];
  return [
    ...same.flatMap((one) => membersOf(one, api, before, depth)),
    ...Object.entries<JsonSchema>(properties).flatMap(([name, inner]) => [
      `${before}${name}`,
      ...(depth === 2 ? [] : membersOf(inner, api, `${before}${name}/`, depth + 1)),
    ]),
  ];
}

/** The code is formatted: what begins at the first column is a component or a function of its own. */
function partsIn(path: string, text: string): Part[] {
  const from = new Map(
    all(text, /^import \{([^}]+)\} from '([^']+\.tsx)'/gm).flatMap(([names = '', file = '']) =>
      names.split(',').map((name) => [name.trim(), posix.join(posix.dirname(path), file)] as const),
    ),
  );
  return text
    .split(/^(?=(?:export )?function )/m)
    .slice(1)
    .map((code) => ({
      path,
      name: /function (\w+)/.exec(code)?.[1] ?? '',
      isForm: /<Form(?:Drawer|Dialog)\b|\buseSending[<(]/.test(code),
      fields: [
        ...all(code, /<(?!Form\s)[\w.]+\s+(?:key=\{\w+\}\s+)?name=(?:"(\w+)"|\{\['(\w+)')/g).map(
          ([one = '', two = '']) => one + two,
        ),
        // One for each of a few names.
        ...all(code, /\(\[([^\]]+)\] as const\)\.map\(\(name\)/g).flatMap(([names = '']) => quoted(names)),
      ],
      shows: all(code, /<([A-Z]\w*)\b(?!\.)/g).map(([name = '']) => [from.get(name) ?? path, name] as const),
      calls: all(code, /\bcall(?:<[^(]*>)?\(\s*'(POST|PATCH|PUT)',\s*[`']([^`']+)[`']/g).map(
        ([method = '', at = '']) => `${method} ${at.replaceAll(/\$\{[^}]+\}/g, '{}')}`,
      ),
      aliases: code.includes('aliases={FORM_NAMES}')
        ? Object.entries(FORM_NAMES)
        : all(code, /aliases(?:=\{|: )\{([^}]*)\}/g).flatMap(([table = '']) =>
            all(table, /(\w+): \[([^\]]*)\]/g).map(([member = '', names = '']) => [member, quoted(names)] as const),
          ),
    }));
}

function all(text: string, pattern: RegExp): string[][] {
  return [...text.matchAll(pattern)].map(([, ...groups]) => groups.map((one) => one ?? ''));
}

function quoted(text: string): string[] {
  return all(text, /'(\w+)'/g).flat();
}
