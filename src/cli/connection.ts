import { readFile } from 'node:fs/promises';
import { readConfig, type Config } from '../config.ts';
import { createApi, type Api } from './api.ts';
import type { Context, GlobalOptions } from './context.ts';
import { CommandError, EXIT, usageError } from './exit.ts';
import { printable } from './width.ts';

/** The settings, checked whole, as the server does: a typo in one must not silently mean its default. */
export function settingsOf({ environment }: Pick<Context, 'environment'>): Config {
  const read = readConfig(environment);
  if (read.ok) return read.config;
  const [first = '', ...details] = read.faults;
  throw new CommandError(EXIT.usage, first, { details });
}

/** The management API as the options and settings name it. */
export async function connect(context: Context, options: GlobalOptions): Promise<Api> {
  const config = settingsOf(context);
  const baseUrl = options.url ?? config.KEYWARD_URL;
  if (new URL(baseUrl).username !== '') throw usageError('The server’s address must not contain a user or password.');
  const key = await managementKey(context, options, config);
  if (key === null) {
    throw usageError(
      'No management key. Set KEYWARD_MANAGEMENT_KEY or KEYWARD_ROOT_KEY, or give a file with --key-file (- for stdin).',
    );
  }
  if (sendsInTheClear(baseUrl)) {
    context.terminal.err(
      `Warning: ${baseUrl} is not encrypted, so others on the way can read the management key. Use https.`,
    );
  }
  return createApi({ baseUrl, key, version: context.version });
}

/**
 * The key that calls the API; null when none is given. Never an argument: those end up in the shell's history and in
 * every user's list of processes.
 */
export async function managementKey(
  { terminal }: Pick<Context, 'terminal'>,
  { keyFile }: GlobalOptions,
  config: Config,
): Promise<string | null> {
  if (keyFile === undefined) {
    const key = config.KEYWARD_MANAGEMENT_KEY || config.KEYWARD_ROOT_KEY;
    return key === null || key === '' ? null : sendable(key, 'The management key');
  }
  if (keyFile === '-') return sendable((await terminal.readInput()).trim(), 'The key read from stdin');
  try {
    return sendable((await readFile(keyFile, 'utf8')).trim(), `The key in ${printable(keyFile)}`);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw usageError(`The key file cannot be read: ${printable((error as Error).message)}.`);
  }
}

/** Checked here, because the HTTP client's own complaint would quote the key. */
function sendable(key: string, what: string): string {
  if (key === '') throw usageError(`${what} is empty.`);
  if (!/^[\x21-\x7e]{1,512}$/.test(key))
    throw usageError(`${what} is not a key: it must be one line of printable characters without spaces.`);
  return key;
}

/** Plain HTTP to another machine. */
function sendsInTheClear(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'http:' && !/^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
