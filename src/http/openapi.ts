import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FAULTS, type FaultCode } from '../core/fault.ts';
import { PERMISSIONS, ROLES, type Permission, type Role } from '../core/role.ts';
import type { Asks } from './manage/api.ts';
import { takesIdempotencyKey } from './manage/idempotency.ts';

/** An operation that is served outside the management API and described in it: the gateway's and the verify call. */
export interface Door {
  readonly method: string;
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly tag?: string;
  readonly body?: z.ZodType;
  /** What a 200 holds; left out where the answer is the provider's own. */
  readonly answer?: z.ZodType;
}

/** The description of the whole API, as JSON that `JSON.stringify` takes. */
export interface ApiDescription {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, JsonSchema> };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

/** One operation of the description. */
export interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: JsonSchema;
    readonly description?: string;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema }> };
  readonly responses: Record<
    string,
    { readonly description?: string; readonly content?: Record<string, { readonly schema: JsonSchema }> }
  >;
}

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

const TAGS = [
  { name: 'Sign-in', description: 'How people prove who they are, and where they are signed in.' },
  { name: 'People', description: 'Users, and the links that let them in.' },
  { name: 'Accounts', description: 'Tenants. What one has, no other sees.' },
  { name: 'Projects', description: 'Workspaces inside an account; keys, endpoints and services belong to them.' },
  { name: 'Keys', description: 'What opens models and services, or this API.' },
  { name: 'Leaks', description: 'What is done about keys that got out, and how anybody can say that one did.' },
  { name: 'Members', description: 'Who belongs to accounts and projects, and as what.' },
  { name: 'Quota', description: 'How many keys there may be, and requests for more.' },
  { name: 'Limits', description: 'How much of what keys, projects and accounts may use, and where that stands.' },
  { name: 'Notices', description: 'What owners should know before something stops working.' },
  { name: 'Webhooks', description: 'Where an account’s notices are sent.' },
  { name: 'Models', description: 'What keys can call by name.' },
  { name: 'Groups', description: 'Tiers that keys are put in: which models they open, and at which prices.' },
  { name: 'Endpoints', description: 'A project’s own names for models.' },
  { name: 'Services', description: 'Other HTTP services behind the same keys.' },
  { name: 'Providers', description: 'Where calls go; the operator’s alone.' },
  { name: 'Audit', description: 'Who changed what, and who tried to.' },
  { name: 'Usage', description: 'The ledger: sums, requests, refusals.' },
  { name: 'System', description: 'How a node and its store stand; the operator’s alone.' },
  { name: 'Gateway', description: 'What applications call with a standard key.' },
  { name: 'Reference', description: 'This description.' },
];

/** Describes every route added after this; served at `/api/v1/openapi.json`. */
export async function describeApi(
  app: FastifyInstance,
  options: { publicUrl: string | null; doors: readonly Door[] },
): Promise<void> {
  const transform = createJsonSchemaTransform(JSON_SCHEMA);
  const transformObject = createJsonSchemaTransformObject(JSON_SCHEMA);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Keyward',
        version: '1',
        description:
          'Issues, scopes, meters and revokes API keys for model services. Send a key as `Authorization: Bearer …`. Errors of the management API are problem documents (RFC 9457) with a stable `code`; unknown fields are refused.',
      },
      servers: [{ url: options.publicUrl ?? '/' }],
      tags: TAGS,
      security: [{ key: [] }, { session: [] }],
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'A key, in `Authorization: Bearer <key>`.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'keyward',
            description:
              'The cookie of a person who signed in; `__Host-keyward` over https. Changes need the header `x-keyward-csrf: 1` too.',
          },
        },
      },
    },
    transform: (document) => {
      if (!document.url.startsWith('/api/')) return { schema: { hide: true }, url: document.url };
      const { schema, url } = transform(document);
      return { schema: withProblems(schema as Record<string, unknown>, document.route), url };
    },
    transformObject: (document) => {
      const whole = transformObject(document) as unknown as ApiDescription;
      for (const door of options.doors) addDoor(whole, door);
      return withoutUnused(whole) as unknown as ReturnType<typeof transformObject>;
    },
  });
  // Made once: it is public, large, and the same for as long as the process lives.
  let description: string | undefined;
  app.route({
    method: 'GET',
    url: '/api/v1/openapi.json',
    config: { permission: 'public' },
    schema: {
      tags: ['Reference'],
      operationId: 'getApiDescription',
      summary: 'Read this description',
      description: 'OpenAPI 3.1.',
      security: [],
      response: { 200: z.looseObject({}).describe('The description.') },
    },
    handler: async (_request, reply) =>
      reply.type('application/json').send((description ??= JSON.stringify(app.swagger()))),
  });
}

/**
 * Answers may gain members, so only what is refused is described as closed. A whole number needs no other bounds than
 * those its schema sets.
 */
function tidied({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const json = jsonSchema;
  if (zodSchema._zod.def.type === 'object' && zodSchema._zod.def.catchall === undefined)
    delete json.additionalProperties;
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum;
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum;
}

const JSON_SCHEMA = { zodToJsonConfig: { target: 'draft-2020-12', override: tidied } } as const;

/** Adds who may call the operation, and the ways it can fail. */
function withProblems(schema: Record<string, unknown>, route: RouteOptions): Record<string, unknown> {
  const asks = route.config?.permission ?? 'public';
  const description = [schema['description'], openTo(asks)].filter(Boolean).join('\n\n');
  const problem = { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  const response: Record<string, unknown> = {};
  for (const [status, answer] of Object.entries(schema['response'] as Record<string, JsonSchema>)) {
    const words = answer.description ?? (status === '201' ? 'Made.' : 'As it is now.');
    response[status] =
      status === '204'
        ? { description: words, type: 'null' }
        : { description: words, content: contentOf(answer, route.config?.produces) };
  }
  for (const code of faultsOf(schema, route, asks))
    response[FAULTS[code]] ??= { description: FAULT_WORDS[code], ...problem };
  return { ...schema, description, response, ...(takesIdempotencyKey(route) && { headers: IDEMPOTENCY_HEADER }) };
}

function contentOf(schema: JsonSchema, produces: readonly string[] = ['application/json']): Record<string, unknown> {
  return Object.fromEntries(produces.map((type) => [type, { schema }]));
}

/** Who may call it, in words; the table itself is docs/reference/roles. */
function openTo(asks: Asks): string {
  if (asks === 'public') return 'Open to everyone, without a key.';
  const permissions: readonly Permission[] = typeof asks === 'string' ? [asks] : asks;
  const may = (role: Role): boolean =>
    permissions.some((one) => !['forbidden', 'unknown'].includes(PERMISSIONS[one].cells[role]));
  const roles = (Object.keys(ROLES) as Role[]).filter(may);
  if (roles.length === Object.keys(ROLES).length) return 'Open to every caller, for what they reach.';
  const below = roles.filter((role) => !OPERATORS.has(role)).map((role) => ROLES[role]);
  const who = below.length === 0 ? 'Open to the operator only.' : `Open to the operator, ${below.join(', ')}.`;
  return `${who} Permission: ${permissions.map((one) => `\`${one}\``).join(' or ')}.`;
}

const OPERATORS = new Set<Role>(['operator', 'root', 'platformKey']);

function faultsOf(schema: Record<string, unknown>, route: RouteOptions, asks: Asks): FaultCode[] {
  const has = (part: string) => schema[part] !== undefined;
  const faults: FaultCode[] =
    asks === 'public' ? publicFaults(route) : ['invalid_request', 'unauthenticated', 'forbidden', 'store_unavailable'];
  if (has('params')) faults.push('not_found');
  if (has('body')) faults.push('body_too_large', 'unsupported_media_type');
  if (route.method !== 'GET' && CLASHING.test(route.url)) faults.push('conflict');
  if (takesIdempotencyKey(route)) faults.push('conflict', 'idempotency_mismatch');
  if (route.method === 'DELETE' && route.url.includes('/keys/')) faults.push('confirmation_required');
  return faults;
}

/** Public operations that change something let people in, and refuse those they do not. */
function publicFaults({ method, config }: RouteOptions): FaultCode[] {
  return method === 'GET' && config?.audit !== 'always'
    ? []
    : ['invalid_request', 'invalid_credentials', 'forbidden', 'too_many_attempts'];
}

/** Where a change can clash with what is there. */
const CLASHING = /members|models|endpoints|services|providers|accounts|webhooks|limits$|limit-templates|requests/;

/** Read by hand (manage/idempotency), so that it has no schema to be described from. */
const IDEMPOTENCY_HEADER = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      description:
        'Unique to this creation, 1 to 255 characters in quotes. The same again within 24 hours makes nothing twice.',
      examples: ['"8e03978e-40d5-43dd-bc93-6894a57f9324"'],
    },
  },
};

const FAULT_WORDS: Partial<Record<FaultCode, string>> = {
  invalid_request: 'The request is faulty; `errors` names every faulty field.',
  unauthenticated: 'No key, or one that is not valid.',
  invalid_credentials: 'What was given to prove who one is was wrong.',
  too_many_attempts: 'There were too many attempts; `retry-after` says when the next may come.',
  forbidden: 'The caller may not do this.',
  not_found: 'There is no such thing, or the caller may not know of it.',
  conflict: 'It clashes with what is there.',
  body_too_large: 'The body is too large.',
  unsupported_media_type: 'The body is not JSON.',
  idempotency_mismatch: 'The Idempotency-Key was used for another creation.',
  confirmation_required: 'Look first, then send again with the token in `confirm`.',
  store_unavailable: 'The store cannot be reached; try again.',
};

function addDoor(whole: ApiDescription, door: Door): void {
  const parameters = [...door.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const json = (schema: z.ZodType, io: 'input' | 'output') => {
    const { $schema: _, ...plain } = z.toJSONSchema(schema, {
      ...JSON_SCHEMA.zodToJsonConfig,
      io,
      unrepresentable: 'any',
    });
    return { content: { 'application/json': { schema: plain as JsonSchema } } };
  };
  const operation: Operation = {
    tags: [door.tag ?? 'Gateway'],
    summary: door.summary,
    description: door.description,
    ...(parameters.length > 0 && { parameters }),
    ...(door.body && { requestBody: json(door.body, 'input') }),
    responses: door.answer
      ? { 200: { description: 'The answer.', ...json(door.answer, 'output') } }
      : { default: { description: 'As the description says.' } },
  };
  whole.paths[door.path] = { ...whole.paths[door.path], [door.method.toLowerCase()]: operation };
}

/** Schemas come in two forms, as read and as written; those that nothing refers to are left out. */
function withoutUnused(whole: ApiDescription): ApiDescription {
  // By name: the order in which they were registered is that of imports, which is nobody's.
  const schemas = Object.fromEntries(Object.entries(whole.components.schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  for (;;) {
    const used = JSON.stringify({ ...whole, components: { schemas } });
    const unused = Object.keys(schemas).filter((name) => !used.includes(`"#/components/schemas/${name}"`));
    if (unused.length === 0) return { ...whole, components: { ...whole.components, schemas } };
    for (const name of unused) Reflect.deleteProperty(schemas, name);
  }
}
