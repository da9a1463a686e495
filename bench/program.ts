import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { canPin } from './machine.ts';

/** A process that this run started, and stops by its handle. */
export interface Program {
  readonly pid: number;
  /** On 127.0.0.1. */
  readonly port: number;
  /** The end of what it has printed. */
  output(): string;
  stop(): Promise<void>;
}

export interface Start {
  readonly command: string;
  readonly args: readonly string[];
  readonly core: number;
  readonly environment?: Record<string, string>;
  /** The port where it is known beforehand; otherwise the program prints an address or `listening <port>`. */
  readonly port?: number;
}

const START_MS = 30_000;
const STOP_MS = 10_000;
const running = new Set<Program>();

/** Starts a program on its core and waits until it accepts connections. */
export async function startProgram(start: Start): Promise<Program> {
  const [command, args] = pinned(start.core, start.command, start.args);
  const child = spawn(command, args, {
    env: { ...cleanEnvironment(), ...start.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(child);
  const program: Program = {
    pid: child.pid ?? 0,
    port: 0,
    output: output.text,
    async stop() {
      running.delete(program);
      await end(child);
    },
  };
  running.add(program);
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    const port = start.port ?? portIn(output.text());
    if (port !== undefined && (await accepts(port))) return Object.assign(program, { port });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await program.stop();
  throw new Error(`${start.command} ${start.args.join(' ')} did not start:\n${output.text().slice(-2000)}`);
}

/** Stops whatever is still running, in the end or when the run is broken off. */
export async function stopPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()));
}

/** Runs a program to its end and answers its output; throws when it fails. */
export async function runProgram(command: string, args: readonly string[], core: number): Promise<string> {
  const [pinnedCommand, pinnedArgs] = pinned(core, command, args);
  const child = spawn(pinnedCommand, pinnedArgs, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output.text().slice(-2000)}`);
  return output.text();
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function pinned(core: number, command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]];
}

/** Nobody's own settings reach what is measured. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(KEYWARD_|npm_|NODE_|DATABASE_URL$|HOST$|PORT$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function collect(child: ChildProcess): { text: () => string } {
  let text = '';
  const add = (chunk: Buffer): void => void (text = (text + chunk.toString()).slice(-20_000));
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  child.on('error', (error) => add(Buffer.from(`${error.message}\n`)));
  return { text: () => text };
}

function portIn(text: string): number | undefined {
  const found = /(?:listening |http:\/\/127\.0\.0\.1:)(\d+)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

async function accepts(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await closed;
  clearTimeout(force);
}
