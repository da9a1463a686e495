import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SERVER_CORE } from './machine.ts';
import { startProgram, type Program } from './program.ts';

/** Keyward under test, as an operator starts it: the server itself, its own SQLite file, its default settings. */
export interface Keyward extends Program {
  /** Calls the management API; throws on any answer but success. */
  readonly manage: (path: string, body?: object) => Promise<Record<string, unknown>>;
  /** The operator's management key. */
  readonly rootKey: string;
}

export async function startKeyward(
  dataDir: string,
  more: Record<string, string> = {},
  flags: readonly string[] = [],
): Promise<Keyward> {
  const rootKey = randomBytes(24).toString('base64url');
  const main = join(import.meta.dirname, '../src/main.ts');
  const program = await startProgram({
    command: process.execPath,
    args: [...flags, main],
    core: SERVER_CORE,
    environment: { HOST: '127.0.0.1', PORT: '0', KEYWARD_DATA_DIR: dataDir, KEYWARD_ROOT_KEY: rootKey, ...more },
  });
  return {
    ...program,
    rootKey,
    async manage(path, body) {
      const headers = { authorization: `Bearer ${rootKey}`, 'content-type': 'application/json' };
      const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
      const answer = await fetch(`http://127.0.0.1:${program.port}/api/v1${path}`, init);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}

/** What the gateway's rows call: a key that has everything a key can have here, and a second one that asks about it. */
export interface Setup {
  readonly key: string;
  /** The same with limits of every kind, in a project that has a budget. None of them is ever reached. */
  readonly limitedKey: string;
  readonly managementKey: string;
  readonly model: string;
  readonly service: string;
}

/** Ten entries each, as somebody who means it would have; the load comes from 127.0.0.1. */
const IP_ALLOW = [...Array.from({ length: 9 }, (_, at) => `198.51.100.${at * 16}/28`), '127.0.0.0/8'];
const IP_DENY = Array.from({ length: 10 }, (_, at) => `203.0.113.${at + 1}`);

/** A quota, the three windows, calls at once. */
const LIMITS = [
  { unit: 'cost', amount: '1000000', window: { kind: 'lifetime' } },
  ...[5 * 3600, 86_400, 7 * 86_400].map((seconds) => ({
    unit: 'cost',
    amount: '1000000',
    window: { kind: 'session', seconds },
  })),
  { unit: 'concurrency', amount: 10_000 },
];
const BUDGET = { unit: 'cost', amount: '1000000', window: { kind: 'calendar', period: 'month', timeZone: 'UTC' } };

/** A priced model at the mock upstream, and keys: scope by range, addresses allowed and denied, an expiry. */
export async function prepare(keyward: Keyward, upstreamPort: number): Promise<Setup> {
  const { manage } = keyward;
  const origin = `http://127.0.0.1:${upstreamPort}`;
  const account = await manage('/accounts', { name: 'Bench' });
  const project = await manage('/projects', { name: 'Bench', accountId: account['id'] });
  const provider = await manage('/providers', {
    name: 'mock',
    kind: 'openai',
    baseUrl: `${origin}/v1`,
    credential: 'sk-mock-upstream',
  });
  const http = await manage('/providers', { name: 'mock service', kind: 'http', baseUrl: origin });
  const prices = { inputPerMillion: '0.25', cachedInputPerMillion: '0.025', outputPerMillion: '2.00' };
  const model = { name: 'bench-small', providerId: provider['id'], prices, maxOutputTokens: 4096 };
  await manage('/models', model);
  await manage(`/projects/${String(project['id'])}/services`, { name: 'vectors', providerId: http['id'] });
  const create = async (body: object, { id } = project): Promise<string> =>
    String((await manage(`/projects/${String(id)}/keys`, body))['value']);
  const limited = await manage('/projects', { name: 'Bench, with a budget', accountId: account['id'] });
  await manage(`/projects/${String(limited['id'])}/limits`, BUDGET);
  const resources = [
    { type: 'model', id: 'bench-small' },
    { type: 'service', id: 'vectors' },
  ];
  const scope = { mode: 'range', resources };
  const all = { ipAllow: IP_ALLOW, ipDeny: IP_DENY, expiresAt: '2099-01-01T00:00:00Z' };
  const models = { mode: 'range', resources: resources.slice(0, 1) };
  return {
    model: model.name,
    service: 'vectors',
    key: await create({ name: 'Bench', scope, ...all }),
    limitedKey: await create({ name: 'Bench, limited', scope: models, ...all, limits: LIMITS }, limited),
    managementKey: String(
      (await manage(`/accounts/${String(account['id'])}/keys`, { name: 'Bench asks', class: 'management' }))['value'],
    ),
  };
}
