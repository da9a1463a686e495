import { createHmac, hash } from 'node:crypto';
import type { Random } from './ambient.ts';
import type { Scope } from './scope.ts';

/**
 * `standard` keys open models and services; so do `temporary` ones, for a while and never more than the key they were made
 * from; `management` keys open the management API and nothing else.
 */
export type KeyClass = 'standard' | 'temporary' | 'management';
export type KeyStatus = 'active' | 'disabled';
/** What people see, and what a refusal says: `disabled` first, `expired` once the expiry has passed. Computed, never stored. */
export type KeyState = KeyStatus | 'expired';

/** A key without its value, which is shown once and stored nowhere. */
export interface Key {
  readonly id: string;
  readonly accountId: string;
  /** Null only for management keys that reach their whole account; those of the platform account reach everything. */
  readonly projectId: string | null;
  readonly class: KeyClass;
  /** The standard key that a temporary one was made from and stands under (core/temporary.ts); null: it is none. */
  readonly parentKeyId: string | null;
  /** Which value of its parent it was made with: it ends with that; null: with none, somebody who may made it. */
  readonly parentSecretId: string | null;
  readonly name: string;
  readonly description: string;
  readonly environment: string | null;
  /** First 5 + `***` + last 4 of the value. */
  readonly masked: string;
  readonly status: KeyStatus;
  readonly scope: Scope;
  readonly ipAllow: readonly string[];
  readonly ipDeny: readonly string[];
  readonly expiresAtMs: number | null;
  /** The one that its project came with (Z02). */
  readonly isDefault: boolean;
  /** After how many days its value should be replaced; null: nobody is reminded. */
  readonly rotateEveryDays: number | null;
  /** The template whose limits count for this key too; null: none. */
  readonly limitTemplateId: string | null;
  /** The tier it is in (core/group); null: its account's default, or none. */
  readonly groupId: string | null;
  /** Whose nodes it opens something on; null: every region's. Set at creation for good. */
  readonly region: string | null;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
  readonly deletedAtMs: number | null;
}

/** What may change after creation. The value never does; the name only where the account allows it. */
export type KeyChange = Partial<
  Pick<
    Key,
    | 'name'
    | 'description'
    | 'environment'
    | 'status'
    | 'scope'
    | 'ipAllow'
    | 'ipDeny'
    | 'expiresAtMs'
    | 'limitTemplateId'
    | 'groupId'
    | 'rotateEveryDays'
  >
>;

/** What a temporary key stands under: the key it was made from, as it is now. */
export type ParentKey = Pick<
  Key,
  'id' | 'status' | 'scope' | 'groupId' | 'ipAllow' | 'ipDeny' | 'expiresAtMs' | 'deletedAtMs'
>;

/** What a prefix looks like: at most 16 characters, a letter first, `_` or `-` last, so that the random part stays apart. */
export const KEY_PREFIX_PATTERN = /^[A-Za-z](?:[A-Za-z0-9_-]{0,13}[A-Za-z0-9])?[_-]$/;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 30;
const CHECK_LENGTH = 6;

/**
 * A new key value: prefix, 30 characters of base62 (178 bits), 6 of their CRC32. The shape is that of GitHub's tokens,
 * so that scanners know how to find it; the checksum tells typos and look-alikes apart and is no security.
 */
export function generateKeyValue(prefix: string, random: Random): string {
  let text = '';
  // Bytes from 248 on would make the first characters of the alphabet likelier, so they are thrown away (1 in 32).
  for (let draw = 0; text.length < RANDOM_LENGTH; draw++) {
    if (draw === 100) throw new Error('The source of randomness is broken: it gives no usable bytes.');
    for (const byte of random(RANDOM_LENGTH + 2)) if (byte < 248) text += ALPHABET.charAt(byte % 62);
  }
  text = text.slice(0, RANDOM_LENGTH);
  return prefix + text + checksum(text);
}

/** Whether a value has the shape and the checksum of a generated key: one pass over its characters, and no look-up. */
export function isWellFormed(value: string, prefix: string): boolean {
  const checkAt = prefix.length + RANDOM_LENGTH;
  if (value.length !== checkAt + CHECK_LENGTH || !value.startsWith(prefix)) return false;
  let crc = -1;
  let claimed = 0;
  for (let at = prefix.length; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const digit = code < 128 ? DIGITS.getInt8(code) : -1;
    if (digit < 0) return false;
    if (at < checkAt) crc = crcStep(crc, code);
    else claimed = claimed * 62 + digit;
  }
  return claimed === ~crc >>> 0;
}

/** The published pattern of generated keys, for scanners; RE2 syntax. It may gain lengths: nobody should check keys with it. */
export function keyPattern(prefix: string): RegExp {
  return new RegExp(`\\b${prefix}[0-9A-Za-z]{${RANDOM_LENGTH + CHECK_LENGTH}}\\b`);
}

/** Of whatever holds a generated key, also in the midst of other letters: for taking them out of texts, once too often rather than not. */
export function looseKeyPattern(prefix: string): RegExp {
  return new RegExp(`${prefix}[0-9A-Za-z]{${RANDOM_LENGTH + CHECK_LENGTH},}`, 'g');
}

/** First 5 + `***` + last 4 (T10); of a value shorter than 18 less, so that never more than half is shown. */
export function maskKeyValue(value: string): string {
  const shown = Math.min(9, Math.floor(value.length / 2));
  const last = Math.floor(shown / 2);
  return `${value.slice(0, shown - last)}***${value.slice(value.length - last)}`;
}

/** Longest value hashed in the prepared buffer; longer ones are no keys and may take the slow way. */
const PREPARED_LENGTH = 256;

/**
 * The hash a key is stored and found by: HMAC-SHA-256 (RFC 2104) under the server secret, base64url. Spelled out as
 * two one-shot hashes over prepared blocks, which takes about half the time of createHmac: it runs on every request.
 */
export function keyHasher(secret: Uint8Array): (value: string) => string {
  // A copy, so that wiping the caller's array does not change hashes; a long secret counts as its hash.
  const key = secret.length > 64 ? hash('sha256', secret, 'buffer') : Uint8Array.from(secret);
  const inner = Buffer.alloc(64 + 3 * PREPARED_LENGTH, 0x36);
  const outer = Buffer.alloc(64 + 32, 0x5c);
  for (const [at, byte] of key.entries()) {
    inner.writeUInt8(byte ^ 0x36, at);
    outer.writeUInt8(byte ^ 0x5c, at);
  }
  return (value) => {
    if (value.length > PREPARED_LENGTH) return createHmac('sha256', key).update(value).digest('base64url');
    const end = 64 + inner.write(value, 64, 'utf8');
    // As a string of bytes, because making a Buffer for it would cost more than the hash.
    outer.write(hash('sha256', inner.subarray(0, end), 'latin1'), 64, 'latin1');
    return hash('sha256', outer, 'base64url');
  };
}

/** What people see of a key's status. Expiry wins, and acts at its very millisecond, as in `authorise`. */
export function keyState(key: Pick<Key, 'status' | 'expiresAtMs'>, nowMs: number): KeyState {
  if (key.status === 'disabled') return 'disabled';
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? 'expired' : 'active';
}

/** A new key as it is where nobody says otherwise: it opens everything in its project, from everywhere, without end. */
export function plainKey(
  given: Pick<
    Key,
    'id' | 'accountId' | 'projectId' | 'class' | 'name' | 'masked' | 'region' | 'createdBy' | 'createdAtMs'
  >,
): Key {
  return {
    ...given,
    parentKeyId: null,
    parentSecretId: null,
    description: '',
    environment: null,
    status: 'active',
    scope: { mode: 'all' },
    ipAllow: [],
    ipDeny: [],
    expiresAtMs: null,
    isDefault: false,
    rotateEveryDays: null,
    limitTemplateId: null,
    groupId: null,
    updatedAtMs: given.createdAtMs,
    lastUsedAtMs: null,
    lastUsedAddress: null,
    deletedAtMs: null,
  };
}

/** What is wrong with a key's name, or null. Any script will do (T20); lengths count characters as people do, not bytes. */
export function nameError(name: string): string | null {
  const length = Array.from(name).length;
  if (length > 64) return `A name has at most 64 characters, and this one has ${length}.`;
  if (!/[^\s\p{C}\p{Z}]/u.test(name)) return 'A name needs at least one visible character.';
  return UNPRINTABLE.test(name) || /[\t\n\r]/.test(name)
    ? 'A name cannot contain line breaks or control characters. Remove them.'
    : null;
}

/** What is wrong with a description, or null. It may be empty and may have several lines. */
export function descriptionError(description: string): string | null {
  const length = Array.from(description).length;
  if (length > 500) return `A description has at most 500 characters, and this one has ${length}.`;
  return UNPRINTABLE.test(description) ? 'A description cannot contain control characters. Remove them.' : null;
}

/** What is wrong with an environment's name, or null. */
export function environmentError(environment: string): string | null {
  return /^[a-z0-9-]{1,32}$/.test(environment)
    ? null
    : 'An environment is 1 to 32 of a-z, 0-9 and hyphen, like `prod` or `staging-2`.';
}

/**
 * Control characters but tab and line ends, halves of surrogate pairs (no valid UTF-8), line separators, and marks that
 * reorder text, with which one name can pass for another. NUL above all: Postgres cannot store it.
 */
const UNPRINTABLE = /[[\p{Cc}--[\t\n\r]]\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/v;

/** CRC32 (IEEE 802.3, reflected) as base62, padded on the left with the alphabet's zero. */
function checksum(text: string): string {
  let crc = -1;
  for (let at = 0; at < text.length; at++) crc = crcStep(crc, text.charCodeAt(at));
  let rest = ~crc >>> 0;
  let digits = '';
  while (digits.length < CHECK_LENGTH) {
    digits = ALPHABET.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function crcStep(crc: number, byte: number): number {
  return (crc >>> 8) ^ CRC_TABLE.getInt32(((crc ^ byte) & 0xff) * 4);
}

const CRC_TABLE = new DataView(new ArrayBuffer(1024));
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  CRC_TABLE.setInt32(byte * 4, crc);
}

/** What each ASCII character counts as a digit of base62; -1: it is none. */
const DIGITS = new DataView(new ArrayBuffer(128));
for (let code = 0; code < 128; code++) DIGITS.setInt8(code, ALPHABET.indexOf(String.fromCharCode(code)));
