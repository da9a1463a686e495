// better-auth's own check of an API key (auth.api.verifyApiKey) behind the thinnest of servers, on SQLite like Keyward.
// `POST /` checks the key in the body; `POST /in-process` calls the check in a loop and answers how often it could.
// Its rate limit is switched off, because its default is ten checks a day. Usage:
// `node betterAuth.ts <peers folder> <data folder> <file to write its key to>`; prints `listening <port>`.

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The parts of better-auth that are used here: its own types are not there before it is installed. */
interface Auth {
  readonly options: unknown;
  readonly api: {
    signUpEmail(call: { body: object }): Promise<{ user: { id: string } }>;
    createApiKey(call: { body: object }): Promise<{ key: string }>;
    verifyApiKey(call: { body: { key: string } }): Promise<{ valid: boolean }>;
  };
}
interface Migrations {
  readonly getMigrations: (options: unknown) => Promise<{ runMigrations(): Promise<void> }>;
}

const [peersFolder = '', dataFolder = '', keyFile = ''] = process.argv.slice(2);
const LOOP_MS = 1000;
const LOOP_CALLS_AT_ONCE = 16;

const { resolve } = createRequire(join(peersFolder, 'package.json'));
const { betterAuth } = (await import(resolve('better-auth'))) as { betterAuth: (options: object) => Auth };
const { apiKey } = (await import(resolve('@better-auth/api-key'))) as { apiKey: (options: object) => object };
const { getMigrations } = (await import(resolve('better-auth/db/migration'))) as Migrations;

const database = new DatabaseSync(join(dataFolder, 'better-auth.db'));
// Its writes need not reach the disk before the answer, as Keyward's do: it is its code that is measured, not the disk.
database.exec('pragma journal_mode = wal; pragma synchronous = normal');
const auth = betterAuth({
  database,
  secret: 'bench-only-c2f1b1d94f0e4a7b8a53e6f7',
  baseURL: 'http://127.0.0.1',
  logger: { disabled: true },
  telemetry: { enabled: false },
  emailAndPassword: { enabled: true },
  plugins: [apiKey({ rateLimit: { enabled: false } })],
});
await (await getMigrations(auth.options)).runMigrations();
const person = { email: 'bench@example.com', password: 'bench-only-password', name: 'Bench' };
const { user } = await auth.api.signUpEmail({ body: person });
const { key } = await auth.api.createApiKey({ body: { userId: user.id, name: 'bench' } });
writeFileSync(keyFile, key);

async function check(value: string): Promise<void> {
  if (!(await auth.api.verifyApiKey({ body: { key: value } })).valid)
    throw new Error('better-auth refused its own key');
}

async function loop(): Promise<{ calls: number; seconds: number; cpuMs: number }> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  let calls = 0;
  const caller = async (): Promise<void> => {
    for (; performance.now() - startedAt < LOOP_MS; calls++) await check(key);
  };
  await Promise.all(Array.from({ length: LOOP_CALLS_AT_ONCE }, caller));
  const { user: userUs, system: systemUs } = process.cpuUsage(cpu);
  return { calls, seconds: (performance.now() - startedAt) / 1000, cpuMs: (userUs + systemUs) / 1000 };
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const work = async (): Promise<object> => {
      if (request.url === '/in-process') return loop();
      await check((JSON.parse(Buffer.concat(parts).toString()) as { key: string }).key);
      return { valid: true };
    };
    work().then(
      (answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
      () => response.writeHead(500).end(),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening ${(server.address() as AddressInfo).port}`);
});
process.on('SIGTERM', () => process.exit(0));
