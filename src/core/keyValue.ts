import { createHmac, hash } from 'node:crypto';
import type { Random } from './ambient.ts';

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
