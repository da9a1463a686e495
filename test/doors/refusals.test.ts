import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKeyValue } from '../../src/core/keyValue.ts';
import { made, ROOT_KEY, startTestApp, type TestApp } from '../kit/app.ts';
import { DOORS, rowsOf, type Door, type Question } from '../kit/doors.ts';
import type { RawAnswer } from '../kit/raw.ts';
import { answerJson, startUpstream, type FakeUpstream } from '../kit/upstream.ts';

/*
 * Every refusal through every door, in one app: status, code, shape and headers of each answer, and at the end that
 * all of them together reached no upstream and changed nothing but the counts of refusals.
 */

let app: TestApp;
let upstreams: FakeUpstream[];
let world: World;
let before: Record<'keys' | 'users' | 'ledger', Record<string, unknown>[]>;
let laterMs = 0;
/** Refusals by `key|code|route`, and requests admitted. */
const refused = new Map<string, number>();
let admitted = 0;

interface World {
  readonly keys: Record<string, { id: string; value: string }>;
  readonly models: Record<string, string>;
}

/** Makes two projects of one account and one of another, with what their keys may and may not call. */
async function makeWorld(): Promise<World> {
  const [openai, anthropic, http] = upstreams.map(({ url }) => url);
  const provider = async (kind: string, baseUrl: string | undefined) =>
    (await made(app, '/providers', { name: `provider ${kind}`, kind, baseUrl, credential: `secret-of-${kind}` })).id;
  const providers = {
    openai: await provider('openai', openai),
    anthropic: await provider('anthropic', anthropic),
    http: await provider('http', http),
  };
  const account = await made(app, '/accounts', { name: 'Account' });
  const suspended = await made(app, '/accounts', { name: 'Suspended' });
  const project = await made(app, '/projects', { accountId: account.id, name: 'Project' });
  const other = await made(app, '/projects', { accountId: account.id, name: 'Other' });
  const third = await made(app, '/projects', { accountId: suspended.id, name: 'Third' });

  const model = async (name: string, kind: 'openai' | 'anthropic', projectId: string | null = null) =>
    (await made(app, '/models', { name, providerId: providers[kind], projectId })).id;
  const modelIds = {
    openai: await model('vendor/open', 'openai'),
    anthropic: await model('vendor/claude', 'anthropic'),
  };
  await model('vendor/second', 'openai');
  await model('vendor/theirs', 'openai', other.id);
  const endpoint = async (at: { id: string }, modelId: string) =>
    (await made(app, `/projects/${at.id}/endpoints`, { name: `endpoint of ${modelId}`, modelId })).id;
  const endpoints = {
    openai: await endpoint(project, modelIds.openai),
    anthropic: await endpoint(project, modelIds.anthropic),
    theirs: await endpoint(other, modelIds.openai),
  };
  const service = async (name: string, at: { id: string }) =>
    (await made(app, `/projects/${at.id}/services`, { name, providerId: providers.http })).id;
  const vectors = await service('vectors', project);
  await service('second', project);
  await service('theirs', other);

  const keys: World['keys'] = {};
  const key = async (name: string, options: object = {}, at = project) => {
    keys[name] = await made(app, `/projects/${at.id}/keys`, { name, scope: { mode: 'all' }, ...options });
    return keys[name];
  };
  await key('good');
  await key('expired', { expiresAt: new Date(Date.now() + 60_000).toISOString() });
  await key('disabled', { status: 'disabled' });
  await key('deleted');
  await key('suspended', {}, third);
  await key('management', { class: 'management', scope: undefined });
  await key('listed', { ipAllow: ['203.0.113.0/24', '2001:db8::/32'] });
  await key('denied', { ipDeny: ['203.0.113.7'] });
  await key('both', { ipAllow: ['203.0.113.0/24'], ipDeny: ['203.0.113.7'] });
  await key('ranged', {
    scope: {
      mode: 'range',
      resources: [
        { type: 'model', id: modelIds.openai },
        { type: 'model', id: modelIds.anthropic },
        { type: 'service', id: vectors },
      ],
    },
  });
  await key('endpointed', {
    scope: {
      mode: 'range',
      resources: [
        { type: 'endpoint', id: endpoints.openai },
        { type: 'endpoint', id: endpoints.anthropic },
      ],
    },
  });
  await key('reader', { scope: { mode: 'range', resources: [{ type: 'service', id: vectors, access: 'read' }] } });

  const user = async (username: string, options: object = {}) => {
    const made_ = await made(app, `/services/${vectors}/users`, { username, role: 'read-write', ...options });
    keys[username] = { id: made_.id, value: `${username}:${String(made_['password'])}` };
  };
  await user('user');
  await user('guessed-user');
  await user('disabled-user', { status: 'disabled' });
  await user('expired-user', { expiresAt: new Date(Date.now() + 60_000).toISOString() });
  await user('listed-user', { ipAllow: ['203.0.113.0/24'] });
  await user('reading-user', { role: 'read-only' });
  await user('limited-user', { paths: ['/some/path', '/other/**'] });

  await app.api('PATCH', `/accounts/${suspended.id}`, { status: 'suspended' });
  const { body } = await app.api<{ confirm: string }>('DELETE', `/keys/${keys['deleted']?.id}`);
  expect((await app.api('DELETE', `/keys/${keys['deleted']?.id}?confirm=${body.confirm}`)).status).toBe(204);
  laterMs = 61_000;
  return {
    keys,
    models: {
      openai: 'vendor/open',
      anthropic: 'vendor/claude',
      'endpoint openai': endpoints.openai,
      'endpoint anthropic': endpoints.anthropic,
      theirEndpoint: endpoints.theirs,
    },
  };
}

beforeAll(async () => {
  upstreams = await Promise.all([
    startUpstream(
      answerJson({
        id: 'x',
        object: 'x',
        choices: [],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    ),
    startUpstream(
      answerJson({
        id: 'x',
        type: 'message',
        content: [],
        stop_reason: 'end_turn',
        usage: { input_tokens: 1, output_tokens: 1 },
        input_tokens: 1,
      }),
    ),
    startUpstream(answerJson({ rows: 1 })),
  ]);
  app = await startTestApp({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' }, clock: () => Date.now() + laterMs });
  world = await makeWorld();
  before = {
    keys: rowsOf(app.dataDir, 'keys'),
    users: rowsOf(app.dataDir, 'cluster_users'),
    ledger: rowsOf(app.dataDir, 'ledger'),
  };
});

afterAll(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  await rm(app.dataDir, { recursive: true, force: true });
});

const value = (name: string): string => world.keys[name]?.value ?? '';

interface Case {
  readonly name: string;
  readonly code: string;
  readonly status: number;
  /** Under which key it is counted; null: under none. */
  readonly under: string | null;
  /** At which doors it can happen. */
  readonly at: (door: Door) => boolean;
  readonly ask: () => Question;
}

const everywhere: Case['at'] = () => true;
/** Where the key comes in headers of its own request; the verify call is given a value. */
const inHeaders = (door: Door) => door.shape !== 'verify';
const onModels = (door: Door) => door.about === 'model' || door.about === 'either';
const onServices = (door: Door) => door.about === 'service' || door.about === 'either';

function unauthenticated(name: string, code: string, under: string | null, ask: () => Question, at = everywhere): Case {
  return { name, code, status: 401, under, ask, at };
}
function forbidden(name: string, code: string, under: string | null, ask: () => Question, at = everywhere): Case {
  return { name, code, status: 403, under, ask, at };
}
function faultyRequest(name: string, code: string, ask: () => Question): Case {
  return { name, code, status: 400, under: null, ask, at: inHeaders };
}
function noModel(name: string, under: string, ask: () => Question): Case {
  return { name, code: 'model_not_found', status: 404, under, ask, at: onModels };
}

const UNKNOWN = generateKeyValue('kw_', (size) => Uint8Array.from({ length: size }, (_, at) => at * 3));
const flipped = (text: string) => text.slice(0, -1) + (text.endsWith('a') ? 'b' : 'a');

const CASES: readonly Case[] = [
  unauthenticated('V02 D01 no key', 'missing_api_key', null, () => ({ key: null })),
  unauthenticated(
    'an empty Authorization',
    'missing_api_key',
    null,
    () => ({ lines: [['authorization', 'Bearer ']] }),
    inHeaders,
  ),
  faultyRequest('two different keys', 'conflicting_api_keys', () => ({
    lines: [
      ['authorization', `Bearer ${value('good')}`],
      ['x-api-key', value('ranged')],
    ],
  })),
  faultyRequest('two Authorization lines', 'conflicting_api_keys', () => ({
    lines: [
      ['Authorization', `Bearer ${value('good')}`],
      ['authorization', `Bearer ${UNKNOWN}`],
    ],
  })),
  faultyRequest('T04 a key in the query', 'api_key_in_query', () => ({
    key: value('good'),
    query: `a=1&b=${value('good')}`,
  })),
  unauthenticated(
    'D16 a raw key without scheme',
    'invalid_api_key',
    null,
    () => ({ lines: [['authorization', value('good')]] }),
    inHeaders,
  ),
  unauthenticated(
    'a user and password',
    'invalid_api_key',
    null,
    () => ({ lines: [['authorization', `Basic ${btoa('user:password')}`]] }),
    inHeaders,
  ),
  unauthenticated('a malformed key', 'invalid_api_key', null, () => ({ key: 'sk-2b8f!x' })),
  unauthenticated('a truncated key', 'invalid_api_key', null, () => ({ key: value('good').slice(0, -3) })),
  unauthenticated('a key with a wrong checksum', 'invalid_api_key', null, () => ({ key: flipped(value('good')) })),
  unauthenticated('an unknown key', 'invalid_api_key', null, () => ({ key: UNKNOWN })),
  unauthenticated('D10 a masked key', 'invalid_api_key', null, () => ({
    key: `${value('good').slice(0, 5)}***${value('good').slice(-4)}`,
  })),
  unauthenticated('the root key', 'invalid_api_key', null, () => ({ key: ROOT_KEY })),
  unauthenticated('A08 an expired key', 'key_expired', 'expired', () => ({ key: value('expired') })),
  unauthenticated('V19 T13 a disabled key', 'key_disabled', 'disabled', () => ({ key: value('disabled') })),
  unauthenticated('V22 D15 T18 T31 a deleted key', 'invalid_api_key', 'deleted', () => ({ key: value('deleted') })),
  forbidden('a key of a suspended account', 'account_suspended', 'suspended', () => ({ key: value('suspended') })),
  forbidden('T07 a management key', 'insufficient_scope', 'management', () => ({ key: value('management') })),
  forbidden('V10 A05 an address that is not listed', 'ip_not_allowed', 'listed', () => ({
    key: value('listed'),
    address: '198.51.100.9',
  })),
  forbidden('an IPv6 address that is not listed', 'ip_not_allowed', 'listed', () => ({
    key: value('listed'),
    address: '2001:db9::1',
  })),
  forbidden('A06 an address that is denied', 'ip_not_allowed', 'denied', () => ({
    key: value('denied'),
    address: '203.0.113.7',
  })),
  forbidden('A06 an address in both lists', 'ip_not_allowed', 'both', () => ({
    key: value('both'),
    address: '203.0.113.7',
  })),
  forbidden('an unknown address, with an allow list', 'ip_not_allowed', 'listed', () => ({
    key: value('listed'),
    address: null,
  })),
  forbidden('an unknown address, with a deny list', 'ip_not_allowed', 'denied', () => ({
    key: value('denied'),
    address: null,
  })),
  noModel('a model that does not exist', 'good', () => ({ key: value('good'), model: 'vendor/none' })),
  noModel('V07 V08 D22 a model outside the scope', 'ranged', () => ({ key: value('ranged'), model: 'vendor/second' })),
  noModel('V04 another project’s model', 'good', () => ({ key: value('good'), model: 'vendor/theirs' })),
  noModel('V04 another project’s endpoint', 'good', () => ({
    key: value('good'),
    model: world.models['theirEndpoint']!,
  })),
  noModel('V09 an endpoint outside the scope', 'ranged', () => ({
    key: value('ranged'),
    model: world.models['endpoint openai']!,
  })),
  noModel('V09 the model behind the endpoint', 'endpointed', () => ({ key: value('endpointed') })),
  forbidden(
    'a service that does not exist',
    'service_not_allowed',
    'good',
    () => ({ key: value('good'), service: 'none' }),
    onServices,
  ),
  forbidden(
    'T25 a service outside the scope',
    'service_not_allowed',
    'ranged',
    () => ({ key: value('ranged'), service: 'second' }),
    onServices,
  ),
  forbidden(
    'V04 another project’s service',
    'service_not_allowed',
    'good',
    () => ({ key: value('good'), service: 'theirs' }),
    onServices,
  ),
  unauthenticated(
    'Z07 a user that the service does not have',
    'invalid_api_key',
    null,
    () => ({ key: 'nobody:a-password-of-nobody', service: 'vectors' }),
    onServices,
  ),
  unauthenticated(
    'Z07 a wrong password',
    'invalid_api_key',
    null,
    () => ({ key: 'guessed-user:not-the-password-of-it', service: 'vectors' }),
    onServices,
  ),
  unauthenticated(
    'Z07 a user on another service',
    'invalid_api_key',
    null,
    () => ({ key: value('user'), service: 'second' }),
    onServices,
  ),
  unauthenticated(
    'Z07 a user where a model is asked for',
    'invalid_api_key',
    null,
    () => ({ key: value('user') }),
    onModels,
  ),
  unauthenticated(
    'Z07 a disabled user',
    'key_disabled',
    'disabled-user',
    () => ({ key: value('disabled-user'), service: 'vectors' }),
    onServices,
  ),
  unauthenticated(
    'Z07 an expired user',
    'key_expired',
    'expired-user',
    () => ({ key: value('expired-user'), service: 'vectors' }),
    onServices,
  ),
  forbidden(
    'Z07 a user from an address that is not listed',
    'ip_not_allowed',
    'listed-user',
    () => ({ key: value('listed-user'), service: 'vectors', address: '198.51.100.9' }),
    onServices,
  ),
  forbidden(
    'Z11 writing with a user that may read',
    'insufficient_scope',
    'reading-user',
    () => ({ key: value('reading-user'), service: 'vectors', method: 'POST' }),
    onServices,
  ),
  forbidden(
    'Z09 a path that the user is not for',
    'insufficient_scope',
    'limited-user',
    () => ({ key: value('limited-user'), service: 'vectors', path: '/some/pathway' }),
    onServices,
  ),
  forbidden(
    'Z11 writing with a key that may read',
    'insufficient_scope',
    'reader',
    () => ({ key: value('reader'), service: 'vectors', method: 'DELETE' }),
    onServices,
  ),
];

/** What the doors ask about unless the case says otherwise. */
function questionAt(door: Door, asked: Question): Question {
  const verifiesService = door.about === 'either' && asked.service !== undefined;
  if (door.about === 'service' || verifiesService) return { service: 'vectors', ...asked };
  return { model: world.models[door.kind]!, ...asked };
}

/** The message that both body and header carry. */
function messageOf(door: Door, answer: RawAnswer): string {
  switch (door.shape) {
    case 'openai':
    case 'anthropic':
      return answer.body.error.message;
    case 'problem':
      return answer.body.detail;
    case 'verify':
      return answer.body.message;
  }
}

function bodyAt(door: Door, { code, status, under }: Case, message: string, requestId: string): unknown {
  const openai = {
    400: 'invalid_request_error',
    401: 'invalid_request_error',
    403: 'permission_error',
    404: 'invalid_request_error',
  };
  const anthropic = {
    400: 'invalid_request_error',
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
  };
  switch (door.shape) {
    case 'openai':
      return { error: { message, type: openai[status as 400], param: null, code } };
    case 'anthropic':
      return { type: 'error', error: { type: anthropic[status as 400], message, code }, request_id: requestId };
    case 'problem':
      return {
        type: 'about:blank',
        title: expect.any(String),
        status: door.status(status),
        detail: message,
        code,
        requestId,
      };
    case 'verify':
      return {
        valid: false,
        code,
        status,
        message,
        retryAfterSeconds: null,
        requestId,
        key:
          under === null || under === 'deleted'
            ? null
            : expect.objectContaining({ id: world.keys[under]!.id, name: under }),
        resource: null,
        limits: [],
      };
  }
}

function challengeAt(door: Door, { code, status }: Case, message: string): string | undefined {
  if (door.shape === 'verify') return undefined;
  if (code === 'missing_api_key') return 'Bearer realm="keyward"';
  const errors: Record<string, string> = {
    400: 'invalid_request',
    401: 'invalid_token',
    insufficient_scope: 'insufficient_scope',
  };
  const error = errors[status] ?? errors[code];
  return error && `Bearer realm="keyward", error="${error}", error_description="${message}"`;
}

for (const door of DOORS) {
  describe(`refused at ${door.name}`, () => {
    test.each(CASES.filter(({ at }) => at(door)))('$name: $code', async (one) => {
      const question = questionAt(door, one.ask());
      const answer = await door.ask(app, question);
      const requestId = door.shape === 'verify' ? answer.body.requestId : answer.headers['x-request-id'];
      const message = messageOf(door, answer);
      expect(answer.status).toBe(door.status(one.status));
      expect(answer.body).toEqual(bodyAt(door, one, message, requestId));
      expect(answer.headers['www-authenticate']).toBe(challengeAt(door, one, message));

      expect(requestId).toMatch(/^req_[0-9A-Za-z]{22}$/);
      expect(answer.headers['x-request-id']).toBe(requestId);
      expect(answer.headers['request-id']).toBe(door.shape === 'anthropic' ? requestId : undefined);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers['content-type']).toBe(
        door.shape === 'problem' ? 'application/problem+json' : 'application/json',
      );
      if (door.shape !== 'verify') expect(answer.headers['x-keyward-code']).toBe(one.code);
      if (door.route.startsWith('authz/')) expect(answer.headers['x-keyward-status']).toBe(String(one.status));
      for (const header of Object.values(answer.headers)) expect(String(header)).toMatch(/^[\x20-\x7e]*$/);

      // One line, with the fault and the way out; nothing of the key, its lists, or what was seen.
      expect(message).toMatch(/^[A-Z][^\n]{20,200}\.$/);
      const whole = JSON.stringify([answer.headers, answer.text]);
      for (const { value: secret } of Object.values(world.keys)) expect(whole).not.toContain(secret.slice(0, 16));
      expect(whole).not.toMatch(/203\.0\.113|2001:db|198\.51\.100|127\.0\.0\.1|secret-of|kw_/);
      if (question.model !== undefined && one.code === 'model_not_found') expect(whole).not.toContain(question.model);

      const keyId = one.under === null ? '' : world.keys[one.under]!.id;
      const kind = `${keyId}|${one.code}|${door.route}`;
      refused.set(kind, (refused.get(kind) ?? 0) + 1);
    });
  });
}

/** What differs from a refused case in the one thing that it is refused for. */
const ADMITTED: readonly {
  readonly name: string;
  readonly at: (door: Door) => boolean;
  readonly ask: (door: Door) => Question;
}[] = [
  { name: 'V03 D16 Z08 a good key', at: everywhere, ask: () => ({ key: value('good') }) },
  {
    name: 'D16 a lower-case scheme',
    at: inHeaders,
    ask: () => ({ lines: [['authorization', `bearer ${value('good')}`]] }),
  },
  { name: 'x-api-key', at: inHeaders, ask: () => ({ lines: [['X-Api-Key', value('good')]] }) },
  { name: 'x-goog-api-key', at: inHeaders, ask: () => ({ lines: [['x-goog-api-key', value('good')]] }) },
  {
    name: 'the same key in two headers',
    at: inHeaders,
    ask: () => ({
      lines: [
        ['authorization', `Bearer ${value('good')}`],
        ['x-api-key', value('good')],
      ],
    }),
  },
  { name: 'V10 T22 a listed address', at: everywhere, ask: () => ({ key: value('listed'), address: '203.0.113.5' }) },
  { name: 'a listed IPv6 address', at: everywhere, ask: () => ({ key: value('listed'), address: '2001:db8::5' }) },
  {
    name: 'a listed address written as IPv6',
    at: everywhere,
    ask: () => ({ key: value('listed'), address: '::ffff:203.0.113.5' }),
  },
  {
    name: 'A06 an address that is not denied',
    at: everywhere,
    ask: () => ({ key: value('denied'), address: '203.0.113.8' }),
  },
  { name: 'A06 an address in one list', at: everywhere, ask: () => ({ key: value('both'), address: '203.0.113.8' }) },
  { name: 'V07 T24 what the scope names', at: everywhere, ask: () => ({ key: value('ranged') }) },
  {
    name: 'V09 the endpoint',
    at: onModels,
    ask: ({ kind }) => ({ key: value('endpointed'), model: world.models[`endpoint ${kind}`]! }),
  },
  {
    name: 'Z11 reading with a key that may read',
    at: onServices,
    ask: () => ({ key: value('reader'), service: 'vectors', method: 'GET' }),
  },
  { name: 'Z07 Z08 a user as Bearer', at: onServices, ask: () => ({ key: value('user'), service: 'vectors' }) },
  {
    name: 'Z07 Z08 a user as Basic',
    at: (door) => onServices(door) && inHeaders(door),
    ask: () => ({ lines: [['authorization', `Basic ${btoa(value('user'))}`]] }),
  },
  {
    name: 'Z11 writing with a user that may',
    at: onServices,
    ask: () => ({ key: value('user'), service: 'vectors', method: 'POST' }),
  },
  {
    name: 'Z09 a path that the user is for',
    at: onServices,
    ask: () => ({ key: value('limited-user'), service: 'vectors', path: '/other/a/b' }),
  },
  { name: 'an unknown address, without lists', at: everywhere, ask: () => ({ key: value('good'), address: null }) },
];

for (const door of DOORS) {
  describe(`admitted at ${door.name}`, () => {
    test.each(ADMITTED.filter(({ at }) => at(door)))('$name', async (one) => {
      const answer = await door.ask(app, questionAt(door, one.ask(door)));
      expect(answer.text).not.toContain('error');
      expect(answer.status).toBe(200);
      if (door.shape === 'verify')
        expect(answer.body).toMatchObject({ valid: true, code: 'valid', status: 200, message: null });
      admitted++;
    });
  });
}

test('all those refusals reached no upstream and changed nothing but their own counts', async () => {
  const forwarded = upstreams.reduce((sum, { seen }) => sum + seen.length, 0);
  await app.stop();
  const ledger = rowsOf(app.dataDir, 'ledger');
  // Every admitted request, and nothing else, has its row and reached an upstream where its door forwards.
  expect(ledger.length - before.ledger.length).toBe(admitted);
  expect(forwarded).toBe(ledger.filter(({ route }) => /^\/v1\/(?!models)|^\/services/.test(String(route))).length);

  const usedIds = new Set(ledger.map((row) => row['key_id']));
  const unused = (rows: Record<string, unknown>[]) => rows.filter(({ id }) => !usedIds.has(id));
  expect(unused(rowsOf(app.dataDir, 'keys'))).toEqual(unused(before.keys));
  expect(unused(before.keys).length).toBeGreaterThanOrEqual(5);
  expect(unused(rowsOf(app.dataDir, 'cluster_users'))).toEqual(unused(before.users));
  expect(unused(before.users)).toHaveLength(5);

  const counted = new Map<string, number>();
  for (const row of rowsOf(app.dataDir, 'denials')) {
    const kind = `${String(row['key_id'])}|${String(row['code'])}|${String(row['route'])}`;
    counted.set(kind, (counted.get(kind) ?? 0) + Number(row['count']));
  }
  expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(refused));
});
