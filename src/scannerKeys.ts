import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from './core/fault.ts';

/**
 * The public keys of scanners, by identifier, from a file: `{"<identifier>": "<PEM>"}`, or what GitHub serves
 * (`{"public_keys": [{"key_identifier", "key"}]}`). Null: none. Throws a fault that says what is wrong with the file.
 */
export function readScannerKeys(path: string | null): ReadonlyMap<string, KeyObject> {
  if (path === null) return new Map();
  try {
    const keys = entriesOf(JSON.parse(readFileSync(path, 'utf8'))).map(([id, pem]) => [id, publicKey(pem)] as const);
    if (keys.length === 0) throw new Error('it names no key');
    return new Map(keys);
  } catch (cause) {
    throw new Fault('internal', `KEYWARD_SCANNER_KEYS: ${path} cannot be used: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

function entriesOf(file: unknown): [string, unknown][] {
  if (file === null || typeof file !== 'object') throw new Error('it is no JSON object');
  if (!('public_keys' in file)) return Object.entries(file);
  if (!Array.isArray(file.public_keys)) throw new Error('its `public_keys` is no list');
  return (file.public_keys as { key_identifier: string; key: string }[]).map((one) => [one.key_identifier, one.key]);
}

function publicKey(pem: unknown): KeyObject {
  const key = typeof pem === 'string' ? createPublicKey(pem) : undefined;
  if (key?.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new Error('a key in it is no public key of ECDSA on P-256 in PEM');
}
