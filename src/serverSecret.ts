import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './core/fault.ts';
import { SECRET_CHECK, SECRET_EXCHANGE, type KeptKeys } from './core/keptKeys.ts';
import type { MetaStore } from './core/ports.ts';

/** The server secret, split by purpose so that no use of one part says anything about another (RFC 5869). */
export interface ServerSecrets {
  /** Under which values of keys are hashed. */
  readonly keyHash: Uint8Array;
  /** Under which provider credentials are encrypted. */
  readonly credentials: Uint8Array;
  /** Under which confirmation tokens are made. */
  readonly tokens: Uint8Array;
}

/** From the setting, else from the data folder's file `secret`, which is made at the first start. */
export function serverSecrets(setting: string | null, dataDir: string): ServerSecrets {
  return secretsOf(setting ?? secretFile(dataDir));
}

export function secretsOf(secret: string): ServerSecrets {
  const part = (purpose: string): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, 'keyward', purpose, 32));
  return { keyHash: part('key-hash'), credentials: part('credentials'), tokens: part('tokens') };
}

/** Refuses to start with another server secret than the store is kept under: it would make every key unknown. Answers the keys of before an exchange. */
export async function checkSecret(meta: MetaStore, secrets: ServerSecrets): Promise<KeptKeys | undefined> {
  if ((await meta.get(SECRET_EXCHANGE)) !== undefined)
    throw new Fault(
      'store_unavailable',
      'The server secret of this store is being exchanged, and that was not finished. Run `keyward secret exchange` again, with the same settings, and start then.',
    );
  const proof = secretProof(secrets);
  if ((await meta.putOnce(SECRET_CHECK, proof)) === proof) return meta.keptKeys();
  throw new Fault(
    'store_unavailable',
    'The server secret is not the one this store was used with last, so no key would be recognised. Restore KEYWARD_SECRET, or the file `secret` of the data folder; a backup needs the secret of its time. To exchange it, see `keyward secret exchange`.',
  );
}

/** What the store remembers of the secret it is kept under: enough to notice another one, nothing to learn it from. */
export function secretProof({ keyHash }: ServerSecrets): string {
  return createHmac('sha256', keyHash).update('keyward').digest('base64url');
}

/** The secret in a file of the data folder, which is made where it is not there. */
export function secretFile(dataDir: string, name = 'secret'): string {
  const path = join(dataDir, name);
  const existing = readSecret(path);
  if (existing !== undefined) return existing;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(32).toString('base64url'));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    // A link never replaces what another process has put there in the meantime.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  const made = readSecret(path);
  if (made === undefined) throw new Error(`The server secret in ${path} was taken away while it was made.`);
  return made;
}

/** Undefined: there is no such file. */
export function readSecret(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Fault(
      'store_unavailable',
      `The server secret in ${path} cannot be read (${code ?? 'unknown'}). Check KEYWARD_DATA_DIR and who may read it.`,
      { cause: error },
    );
  }
  if (text.length < 32)
    throw new Fault(
      'store_unavailable',
      `The server secret in ${path} is shorter than 32 characters. Restore the file, or set KEYWARD_SECRET.`,
    );
  return text;
}
