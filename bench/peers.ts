import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_CORE } from './machine.ts';
import { freePort, startProgram, type Program } from './program.ts';

const folder = join(import.meta.dirname, '.peers');

/** The releases compared with, and what better-auth's key plugin asks for beside itself. */
const VERSIONS = {
  '@portkey-ai/gateway': '1.15.2',
  'better-auth': '1.7.5',
  '@better-auth/api-key': '1.7.5',
  '@better-auth/core': '1.7.5',
  '@better-auth/utils': '0.4.2',
  'better-call': '1.4.0',
};

export const PORTKEY = `Portkey gateway ${VERSIONS['@portkey-ai/gateway']}`;
export const BETTER_AUTH = `better-auth ${VERSIONS['better-auth']}`;

/** Installs the peers into a folder of their own; they never enter the project's package.json. False: that failed. */
export async function installPeers(say: (line: string) => void): Promise<boolean> {
  const wanted = JSON.stringify({ private: true, dependencies: VERSIONS }, null, 2);
  const manifest = join(folder, 'package.json');
  const stamp = join(folder, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  say('installing the peers from the npm registry into bench/.peers (once; up to a minute)');
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, wanted);
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawn('npm', ['install', ...options], { cwd: folder, stdio: ['ignore', 2, 2] });
  const startedAt = performance.now();
  const beat = setInterval(() => say(`  ${Math.round((performance.now() - startedAt) / 1000)} s`), 10_000);
  const [code] = (await once(npm, 'close').catch(() => [127])) as [number | null];
  clearInterval(beat);
  if (code !== 0) return false;
  writeFileSync(stamp, wanted);
  return true;
}

/** Portkey's gateway as it comes: it takes provider and address from headers, and knows no keys or limits of its own. */
export async function startPortkey(): Promise<Program> {
  const port = await freePort();
  const server = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  return startProgram({
    command: process.execPath,
    args: [server, `--port=${port}`, '--headless'],
    core: SERVER_CORE,
    port,
  });
}

/** better-auth's key check on a SQLite file in a folder of the run; writes the key it made to `keyFile`. */
export async function startBetterAuth(dataFolder: string, keyFile: string): Promise<Program & { key: string }> {
  const server = join(import.meta.dirname, 'betterAuth.ts');
  const args = [server, folder, dataFolder, keyFile];
  const program = await startProgram({ command: process.execPath, args, core: SERVER_CORE });
  return Object.assign(program, { key: readFileSync(keyFile, 'utf8') });
}
