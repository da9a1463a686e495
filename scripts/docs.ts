// Writes docs/reference from what the program itself says: `npm run docs`. test/docs.test.ts fails while they differ.

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pino } from 'pino';
import { commandReference } from '../src/cli/reference.ts';
import { SETTINGS } from '../src/config.ts';
import { DENIALS } from '../src/core/denial.ts';
import { FAULTS } from '../src/core/fault.ts';
import { idMaker } from '../src/core/id.ts';
import { createManagement } from '../src/http/manage/management.ts';
import type { RoutedOperation } from '../src/http/manage/routeTable.ts';
import { DOORS } from '../src/http/doors.ts';
import type { ApiDescription, JsonSchema, Operation } from '../src/http/openapi.ts';
import { requirementsPage } from './requirementsPage.ts';
import { rolesPage } from './rolesPage.ts';

const FOLDER = resolve(import.meta.dirname, '../docs/reference');

/** The generated pages by file name. */
export async function referencePages(): Promise<Map<string, string>> {
  const { api, operations } = await description();
  const pages = new Map([
    ['settings.md', settingsPage()],
    ['denials.md', denialsPage()],
    ['api.md', apiPage(api)],
    ['roles.md', rolesPage(operations)],
    ['cli.md', commandReference()],
    ['requirements.md', requirementsPage()],
  ]);
  return new Map([...pages].map(([name, text]) => [name, `${text.trimEnd()}\n`]));
}

/** The description of the API, from an instance that is never asked anything else. */
async function description(): Promise<{ api: ApiDescription; operations: readonly RoutedOperation[] }> {
  const unused = new Proxy({}, { get: (_target, name) => (name === 'then' ? undefined : unused) }) as never;
  const app = await createManagement({
    store: unused,
    keyring: unused,
    directory: unused,
    shapes: unused,
    identities: unused,
    clock: () => 0,
    random: randomBytes,
    newId: idMaker(randomBytes, Date.now),
    hashValue: (value) => value,
    keyPrefix: 'kw_',
    tokenKey: new Uint8Array(32),
    publicUrl: null,
    clientAddress: () => null,
    refuseHost: () => null,
    system: unused,
    logger: pino({ level: 'silent' }),
    doors: DOORS,
  });
  const answer = await app.inject({ method: 'GET', url: '/api/v1/openapi.json' });
  await app.close();
  return { api: answer.json<ApiDescription>(), operations: app.routeTable.operations };
}

function settingsPage(): string {
  const rows = Object.entries(SETTINGS).map(([name, one]) => {
    const secret = 'secret' in one && one.secret ? ' Secret: never logged.' : '';
    return `| \`${name}\` | ${one.default ? `\`${one.default}\`` : ''} | ${cell(one.doc)}${secret} |`;
  });
  return `# Settings

Settings are environment variables. All faults are reported at once at the start, and a \`KEYWARD_…\` name that is not in this table refuses to start.

| name | default | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

function denialsPage(): string {
  const denials = Object.entries(DENIALS).map(
    ([code, { status, says }]) => `| \`${code}\` | ${status} | ${cell(says)} |`,
  );
  const faults = Object.entries(FAULTS).map(([code, status]) => `| \`${code}\` | ${status} |`);
  return `# Denials and faults

Every refusal and failure has a stable \`code\`. Programs should look at the code and the status, never at the sentence.

On the gateway the answer has the shape of the route’s protocol (OpenAI or Anthropic), on the management API and on services it is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): \`{type, title, status, detail, code, requestId, errors}\`. \`errors\` names every faulty field with a JSON pointer (\`/scope/resources/0/id\`), or \`?name\` for a query parameter. The request id is in the header \`x-request-id\` too, and in the server’s log.

## Denials

A key may not do what it asked for. A refused request reaches no upstream and changes nothing.

| code | status | what it says |
|---|---|---|
${denials.join('\n')}

## Faults

The request itself, or something Keyward depends on, is at fault.

| code | status |
|---|---|
${faults.join('\n')}
`;
}

function apiPage(api: ApiDescription): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const sections = api.tags.flatMap(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(name));
    return own.length === 0
      ? []
      : [
          `## ${name}`,
          description,
          ...own.map(({ method, path, operation }) => operationText(method, path, operation)),
        ];
  });
  const objects = Object.entries(api.components.schemas).filter(([, schema]) => schema.properties);
  return `# API reference

Generated from the schemas that check the requests. For programs: \`GET /api/v1/openapi.json\` (OpenAPI 3.1). How to use it: [The management API](../guide/management-api.md). What can go wrong: [Denials and faults](denials.md). A \`?\` marks what may be left out.

${sections.join('\n\n')}

## Objects

${objects.map(([name, schema]) => [`### ${name}`, schema.description ?? '', table('field', fieldRows(schema))].filter(Boolean).join('\n\n')).join('\n\n')}
`;
}

function operationText(method: string, path: string, operation: Operation): string {
  const parameters = (where: string): string[] =>
    (operation.parameters ?? [])
      .filter((one) => one.in === where)
      .map((one) => row(`\`${one.name}\``, one.schema, one.required === true, one.description));
  const body = operation.requestBody?.content['application/json']?.schema;
  const answers = Object.entries(operation.responses);
  const good = answers
    .filter(([status]) => status.startsWith('2'))
    .map(([status, { description = '', content }]) => {
      const schema = content?.['application/json']?.schema;
      return `Answers ${status}${schema ? ` ${answerName(schema)}` : ''}: ${description}`;
    });
  const bad = answers.map(([status]) => status).filter((status) => /^[45]/.test(status));
  return [
    `### ${operation.summary ?? path}`,
    `\`${method} ${path}\``,
    operation.description ?? '',
    table('header', parameters('header')),
    table('query', parameters('query')),
    table('body', body ? fieldRows(body) : []),
    ...good,
    bad.length > 0 ? `Problems: ${bad.join(', ')}.` : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function table(first: string, rows: readonly string[]): string {
  return rows.length === 0 ? '' : `| ${first} | type | meaning |\n|---|---|---|\n${rows.join('\n')}`;
}

function fieldRows(schema: JsonSchema): string[] {
  return Object.entries(schema.properties ?? {}).map(([name, field]) =>
    row(`\`${name}\``, field, schema.required?.includes(name) === true, field.description),
  );
}

function row(name: string, schema: JsonSchema, required: boolean, description = ''): string {
  const standard =
    schema.default === undefined || schema.default === null || schema.default === ''
      ? ''
      : ` Default \`${JSON.stringify(schema.default)}\`.`;
  const example = schema.examples?.length ? ` Example: \`${JSON.stringify(schema.examples[0])}\`` : '';
  return `| ${name}${required ? '' : '?'} | ${cell(typeOf(schema))} | ${cell(description + standard + example)} |`;
}

function answerName(schema: JsonSchema): string {
  const item = schema.properties?.['data']?.items;
  return item ? `list of ${typeOf(item)}` : typeOf(schema);
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(typeOf))].join(' or ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  return [schema.type ?? 'any'].flat().join(' or ');
}

/** Text that stays inside one cell of a table. */
function cell(text: string): string {
  return text
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
}

if (import.meta.main) {
  for (const [name, text] of await referencePages()) await writeFile(resolve(FOLDER, name), text);
}
