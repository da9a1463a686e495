import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, startKeyward, type Setup } from './keyward.ts';
import type { Call } from './loadPlan.ts';
import { LOAD_CORE, SERVER_CORE } from './machine.ts';
import { startNginx } from './nginx.ts';
import { BETTER_AUTH, PORTKEY, startBetterAuth, startPortkey } from './peers.ts';
import { startProgram, type Program } from './program.ts';
import { start as startPostgres } from '../test/kit/postgres.ts';

/** One line of the table: a server, and the call that is made on it. */
export interface Row {
  readonly id: string;
  readonly title: string;
  /** The row it is divided by. */
  readonly floor: string | undefined;
  /** Least ratio to the floor that design and documentation promise. */
  readonly aim?: number;
  /** Undefined: it is not there on this machine. */
  start(stage: Stage): Promise<Target | undefined>;
}

export interface Target {
  readonly server: Program;
  readonly call: Call;
  /** Its server says in the end how many calls each transaction wrote. */
  readonly tellsGroups?: boolean;
  /** Instead of load from outside: the server calls itself in a loop and answers how often. */
  readonly inProcess?: string;
}

/** What rows share while a run lasts: each server is started once, by the first row that needs it. */
export interface Stage {
  readonly folder: string;
  readonly peers: boolean;
  /** Of the Node that runs Keyward. */
  readonly flags: readonly string[];
  once<T>(name: string, start: () => Promise<T>): Promise<T>;
  /** Run when all is measured. */
  atEnd(stop: () => Promise<void>): void;
}

const CHAT = { model: 'bench-small', messages: [{ role: 'user', content: 'Say something in sixteen pieces.' }] };
/** As long as a key of Keyward's, for the servers that know only one. */
const PLAIN_KEY = 'kw_000000000000000000000000000000000000';

export const ROWS: readonly Row[] = [
  {
    id: 'mock',
    title: 'mock upstream alone',
    floor: undefined,
    start: async (stage) => ({
      server: await stage.once('mock under test', () => startMock(SERVER_CORE)),
      call: chat(PLAIN_KEY),
    }),
  },
  {
    id: 'nginx',
    title: 'nginx as proxy',
    floor: 'mock',
    async start(stage) {
      const { port } = await mock(stage);
      const server = await stage.once('nginx', () => startNginx(port, stage.folder));
      return server && { server, call: chat(PLAIN_KEY) };
    },
  },
  {
    id: 'bare-proxy',
    title: 'bare Node proxy, same hashing',
    floor: 'mock',
    start: async (stage) => ({ server: await bareProxy(stage), call: chat(PLAIN_KEY) }),
  },
  {
    id: 'gateway',
    title: '**Keyward gateway**',
    floor: 'bare-proxy',
    aim: 0.6,
    start: (stage) => onKeyward(stage, ({ key }) => chat(key)),
  },
  {
    id: 'gateway-limits',
    title: '**Keyward gateway**, six limits',
    floor: 'gateway',
    start: async (stage) => ({
      ...(await onKeyward(stage, ({ limitedKey }) => chat(limitedKey), { KEYWARD_LOG_LEVEL: 'debug' })),
      tellsGroups: true,
    }),
  },
  {
    id: 'gateway-postgres',
    title: '**Keyward gateway**, six limits, on Postgres',
    floor: 'gateway-limits',
    async start(stage) {
      const { url } = await stage.once('postgres', async () => {
        const server = await startPostgres({ durable: true });
        stage.atEnd(() => server.stop());
        return server;
      });
      return onKeyward(stage, ({ limitedKey }) => chat(limitedKey), { DATABASE_URL: `${url}/postgres` });
    },
  },
  {
    id: 'portkey',
    title: PORTKEY,
    floor: 'bare-proxy',
    async start(stage) {
      if (!stage.peers) return undefined;
      const { port } = await mock(stage);
      const headers = { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `http://127.0.0.1:${port}/v1` };
      return { server: await stage.once('portkey', startPortkey), call: chat(PLAIN_KEY, {}, headers) };
    },
  },
  {
    id: 'bare-stream',
    title: 'bare Node proxy, event stream',
    floor: 'bare-proxy',
    start: async (stage) => ({ server: await bareProxy(stage), call: chat(PLAIN_KEY, { stream: true }) }),
  },
  {
    id: 'gateway-stream',
    title: '**Keyward gateway**, event stream',
    floor: 'bare-stream',
    start: (stage) => onKeyward(stage, ({ key }) => chat(key, { stream: true })),
  },
  {
    id: 'bare-answer',
    title: 'bare Node HTTP answer, same hashing',
    floor: undefined,
    async start(stage) {
      const start = (): Promise<Program> => startNode('bareAnswer.ts', SERVER_CORE, PLAIN_KEY);
      return { server: await stage.once('bare answer', start), call: post('/', {}, { key: PLAIN_KEY }) };
    },
  },
  {
    id: 'verify',
    title: '**Keyward verify call**',
    floor: 'bare-answer',
    aim: 0.6,
    start: (stage) => onKeyward(stage, (setup) => verify(setup, {})),
  },
  {
    id: 'verify-limits',
    title: '**Keyward verify call**, six limits',
    floor: 'verify',
    start: (stage) => onKeyward(stage, (setup) => verify({ ...setup, key: setup.limitedKey }, { cost: '0.001' })),
  },
  {
    id: 'verify-dry',
    title: '**Keyward verify call**, dry run',
    floor: 'bare-answer',
    start: (stage) => onKeyward(stage, (setup) => verify(setup, { dryRun: true })),
  },
  {
    id: 'authz',
    title: '**Keyward door for nginx**',
    floor: 'bare-answer',
    start: (stage) => onKeyward(stage, authz, { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' }),
  },
  {
    id: 'better-auth',
    title: `${BETTER_AUTH} key check, over HTTP`,
    floor: 'bare-answer',
    start: (stage) => onBetterAuth(stage),
  },
  {
    id: 'better-auth-inside',
    title: `${BETTER_AUTH} key check, in process`,
    floor: 'bare-answer',
    start: (stage) => onBetterAuth(stage, '/in-process'),
  },
];

/** The mock upstream, on the load's core. */
function mock(stage: Stage): Promise<Program> {
  return stage.once('mock upstream', () => startMock(LOAD_CORE));
}

function startMock(core: number): Promise<Program> {
  return startNode('mockUpstream.ts', core);
}

async function bareProxy(stage: Stage): Promise<Program> {
  const { port } = await mock(stage);
  return stage.once('bare proxy', () => startNode('bareProxy.ts', SERVER_CORE, String(port), PLAIN_KEY));
}

async function onKeyward(
  stage: Stage,
  call: (setup: Setup) => Call,
  settings: Record<string, string> = {},
): Promise<Target> {
  const { port } = await mock(stage);
  const name = ['keyward', ...Object.keys(settings)].join('-');
  const { server, setup } = await stage.once(name, async () => {
    const server = await startKeyward(join(stage.folder, name), settings, stage.flags);
    return { server, setup: await prepare(server, port) };
  });
  return { server, call: call(setup) };
}

async function onBetterAuth(stage: Stage, inProcess?: string): Promise<Target | undefined> {
  if (!stage.peers) return undefined;
  const server = await stage.once('better-auth', () => {
    const folder = join(stage.folder, 'better-auth');
    mkdirSync(folder);
    return startBetterAuth(folder, join(folder, 'key'));
  });
  return { server, call: post('/', {}, { key: server.key }), ...(inProcess !== undefined && { inProcess }) };
}

function startNode(file: string, core: number, ...args: string[]): Promise<Program> {
  return startProgram({ command: process.execPath, args: [join(import.meta.dirname, file), ...args], core });
}

function chat(key: string, more: object = {}, headers: Record<string, string> = {}): Call {
  return post('/v1/chat/completions', { authorization: `Bearer ${key}`, ...headers }, { ...CHAT, ...more });
}

function verify({ key, managementKey, model }: Setup, more: object): Call {
  const question = { key, ip: '127.0.0.1', resource: { type: 'model', name: model }, ...more };
  return post('/api/v1/keys/verify', { authorization: `Bearer ${managementKey}` }, question);
}

/** As nginx asks: what its client sent, with the client's address and method beside it. */
function authz({ key, service }: Setup): Call {
  const client = {
    'x-original-method': 'POST',
    'x-original-uri': `/services/${service}/query`,
    'x-forwarded-for': '127.0.0.1',
  };
  return { path: `/authz/nginx/${service}`, headers: { authorization: `Bearer ${key}`, ...client }, body: '' };
}

function post(path: string, headers: Record<string, string>, body: object): Call {
  return { path, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
