import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Context, Terminal } from '../../src/cli/context.ts';
import { run } from '../../src/cli/program.ts';
import { ROOT_KEY, type TestApp } from '../kit/app.ts';

const PROGRAM = resolve(import.meta.dirname, '../../src/cli.ts');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the real program in a process of its own, with nothing of this one's environment but PATH. */
export function keyward(
  args: readonly string[],
  options: { env?: Record<string, string>; input?: string } = {},
): Promise<Ran> {
  const env = { PATH: process.env['PATH'] ?? '', ...options.env };
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(options.input ?? '');
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

/** The settings with which the program talks to a server, as its operator. */
export function operatorOf({ url }: Pick<TestApp, 'url'>): Record<string, string> {
  return { KEYWARD_URL: url, KEYWARD_MANAGEMENT_KEY: ROOT_KEY };
}

/** Runs a command in this process, with a terminal where somebody types `typed` when asked. */
export async function atTerminal(
  args: readonly string[],
  env: Record<string, string>,
  options: { typed?: string | null; context?: Partial<Context>; terminal?: Partial<Terminal> } = {},
): Promise<Ran & { asked: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    columns: 80,
    colour: false,
    interactive: true,
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(options.typed ?? null);
    },
    readInput: () => Promise.resolve(''),
    ...options.terminal,
  };
  const code = await run(args, {
    environment: env,
    terminal,
    clock: Date.now,
    version: '1.2.3',
    nodeVersion: process.versions.node,
    serve: () => Promise.reject(new Error('this test starts no server')),
    ...options.context,
  });
  return { code, stdout: out.join('\n'), stderr: err.join('\n'), asked };
}

/** The status a model call with this key gets. */
export async function callStatus({ url }: Pick<TestApp, 'url'>, key: string): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.text();
  return response.status;
}
