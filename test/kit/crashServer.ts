import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { ROOT_KEY } from './app.ts';

/** A Keyward in a process of its own, as an operator starts it, on a free port of 127.0.0.1. */
export interface CrashServer {
  readonly url: string;
  readonly pid: number;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM. */
  stop(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** What it printed and logged. */
  output(): string;
  /** Calls the management API as the operator; throws on any answer but success. */
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');
const WAITING = resolve(import.meta.dirname, 'crashNode.ts');
/** Generous: other tests may have the processor. */
const START_MS = 60_000;

export interface ServerOptions {
  readonly env: Record<string, string>;
  /** How soon other nodes take it for dead. */
  readonly leaseMs?: number;
  /** A program with arguments that runs the server: `[program, ...args, node, main]`. */
  readonly under?: readonly string[];
}

/** Answers once it is ready. Throws, with what it said, when it does not start. */
export function startServer(options: ServerOptions): Promise<CrashServer> {
  return prepareServer(options).start();
}

/** As operators start it: `node src/main.ts`. Whoever starts it so has to end it, even when the test fails. */
export function startMain(options: ServerOptions): Promise<CrashServer> {
  return ready(launch(options, MAIN));
}

/** A server that is loaded and has done nothing yet, so that it starts sooner when it is its turn. */
export interface PreparedServer {
  start(): Promise<CrashServer>;
  /** Where it never had its turn. */
  drop(): Promise<void>;
}

export function prepareServer(options: ServerOptions): PreparedServer {
  const launched = launch(options, WAITING);
  const { child, closed } = launched;
  return {
    start() {
      child.stdin.write('go\n');
      return ready(launched);
    },
    async drop() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

async function ready({ child, output, closed }: ReturnType<typeof launch>): Promise<CrashServer> {
  const url = await Promise.race([
    until(() => /serves on (http:\S+)/.exec(output())?.[1]),
    closed.then((code) => {
      throw new Error(`The server ended with ${code}:\n${output()}`);
    }),
  ]);
  await until(async () => ((await fetch(`${url}/readyz`)).status === 200 ? true : undefined));
  return {
    url,
    pid: child.pid ?? 0,
    output,
    async kill() {
      child.kill('SIGKILL');
      await closed;
    },
    async stop() {
      const startedMs = performance.now();
      child.kill('SIGTERM');
      const code = await closed;
      return { code, tookMs: performance.now() - startedMs };
    },
    async api(method, path, body) {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${ROOT_KEY}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as never;
    },
  };
}

/** Ends a server that is to end well. */
export async function stopInOrder(server: CrashServer): Promise<void> {
  const { code } = await server.stop();
  if (code !== 0) throw new Error(`The server ended with ${code}:\n${server.output()}`);
}

/** Runs the server until it ends by itself, or is ended (code null). */
export async function runServer(options: ServerOptions): Promise<Ended> {
  const { child, output, closed } = launch(options, MAIN);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS / 2);
  const code = await closed;
  clearTimeout(timer);
  return { code, output: output() };
}

function launch({ env, leaseMs, under = [] }: ServerOptions, program: string) {
  const lease = leaseMs === undefined ? [] : [String(leaseMs)];
  const [command = '', ...args] = [...under, process.execPath, program, ...lease];
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'],
      // Their many starts take less of the processor.
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOST: '127.0.0.1',
      PORT: '0',
      KEYWARD_ROOT_KEY: ROOT_KEY,
      KEYWARD_LOG_LEVEL: 'warn',
      ...env,
    },
    stdio: 'pipe',
  });
  // It may be gone before it was given its word.
  child.stdin.on('error', () => undefined);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => void (text = (text + part).slice(-100_000)));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const closed = new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      process.off('exit', kill);
      done(code);
    });
  });
  closed.catch(() => undefined);
  return { child, output: () => text, closed };
}

/** Asks again until there is an answer; what throws is asked again too. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>, withinMs = START_MS): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    let trouble: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() > endMs) throw new Error(`Nothing came within ${withinMs} ms`, { cause: trouble });
    await new Promise((done) => setTimeout(done, 10));
  }
}
