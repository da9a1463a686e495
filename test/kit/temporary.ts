import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * One folder for all that a run puts aside (Vitest's globalSetup, before all others): it goes with the run, whatever
 * failed in it or ended it. Compiled code is kept in it too, so that the next file of tests does not compile the same
 * packages again.
 */
export async function setup(): Promise<() => void> {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-run-'));
  // Postgres may run as another user, and has its data below.
  await chmod(folder, 0o755);
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.once('exit', remove);
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  // Measuring which branches ran wants code that was compiled for it.
  if (!process.argv.includes('--coverage')) process.env['NODE_COMPILE_CACHE'] = join(folder, 'compiled');
  return remove;
}
