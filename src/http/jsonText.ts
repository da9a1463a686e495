/**
 * Strict JSON (RFC 8259) read as bytes, without building values: each function takes the position where a thing starts
 * and returns the position after it, or throws `Fault('invalid_json')` naming the byte. UTF-8 itself is not checked.
 *
 * A request body can be 32 MB, nearly all of it one base64 string. Looking for the closing quote natively would be
 * quick but would let control characters through, so long runs are tested four bytes at a time instead.
 */
import { Fault } from '../core/fault.ts';

/** Deeper than any real request; the depth is bounded so that a body of brackets cannot make an upstream recurse. */
export const MAX_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Runs shorter than this are read byte by byte: a view over the words costs more than it saves. */
const SHORT_RUN = 64;

const inObject = new Uint8Array(MAX_DEPTH + 1);

/** The position after the value starting at `at` (white space before it is skipped) which lies `depth` containers deep. */
export function skipValue(body: Buffer, at: number, depth: number): number {
  const outside = depth;
  for (;;) {
    at = skipSpace(body, at);
    const byte = at < body.length ? (body[at] as number) : -1;
    if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) throw invalidJson(at, `nesting deeper than ${MAX_DEPTH}`);
      inObject[depth] = byte === 0x7b ? 1 : 0;
      at = skipSpace(body, at + 1);
      if (body[at] !== byte + 2) {
        if (byte === 0x7b) at = skipName(body, at);
        continue;
      }
      depth -= 1;
      at += 1;
    } else if (byte === QUOTE) {
      at = skipString(body, at);
    } else {
      at = skipScalar(body, at, byte);
    }
    while (depth > outside) {
      at = skipSpace(body, at);
      const next = body[at];
      if (next === 0x2c) break;
      if (next !== (inObject[depth] === 1 ? 0x7d : 0x5d)) throw invalidJson(at, unexpected(body, at));
      depth -= 1;
      at += 1;
    }
    if (depth === outside) return at;
    at += 1;
    if (inObject[depth] === 1) at = skipName(body, skipSpace(body, at));
  }
}

/** The position after a member's name and its colon. */
function skipName(body: Buffer, at: number): number {
  return skipColon(body, skipString(body, at));
}

/** The position after the colon that must follow a member's name. */
export function skipColon(body: Buffer, at: number): number {
  at = skipSpace(body, at);
  if (body[at] !== 0x3a) throw invalidJson(at, unexpected(body, at));
  return at + 1;
}

/** The position of the next byte that is not white space; the body's length when there is none. */
export function skipSpace(body: Buffer, at: number): number {
  while (at < body.length) {
    const byte = body[at] as number;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
  return at;
}

/** The position after the closing quote of the string that must start at `at`. */
export function skipString(body: Buffer, at: number): number {
  if (at >= body.length || body[at] !== QUOTE) throw invalidJson(at, unexpected(body, at));
  const { length } = body;
  at += 1;
  let longAt = at + SHORT_RUN;
  while (at < length) {
    const byte = body[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) {
      at = skipEscape(body, at);
      longAt = at + SHORT_RUN;
    } else if (byte < 0x20) {
      throw invalidJson(at, 'a control character inside a string');
    } else {
      at += 1;
      if (at >= longAt) {
        at = skipPlain(body, at);
        longAt = at + SHORT_RUN;
      }
    }
  }
  throw invalidJson(length, 'the string does not end');
}

function skipEscape(body: Buffer, at: number): number {
  const kind = body[at + 1];
  if (kind === 0x75) {
    for (let digit = at + 2; digit < at + 6; digit += 1) {
      const byte = digit < body.length ? (body[digit] as number) : 0;
      const hex = (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
      if (!hex) throw invalidJson(Math.min(digit, body.length), 'an unfinished \\u escape');
    }
    return at + 6;
  }
  // " \ / b f n r t
  const known =
    kind === 0x22 ||
    kind === 0x5c ||
    kind === 0x2f ||
    kind === 0x62 ||
    kind === 0x66 ||
    kind === 0x6e ||
    kind === 0x72 ||
    kind === 0x74;
  if (!known) throw invalidJson(at, 'an unknown escape');
  return at + 2;
}

/**
 * Passes over bytes that are neither quote, backslash nor control character, a word at a time, and stops at most three
 * bytes before the first that is. "Has a byte below n" is `(w - n×0x01010101) & ~w & 0x80808080`, exact for n <= 128.
 */
function skipPlain(body: Buffer, at: number): number {
  const first = at + ((4 - ((body.byteOffset + at) & 3)) & 3);
  const count = (body.length - first) >> 2;
  if (count <= 0) return at;
  for (; at < first; at += 1) {
    const byte = body[at] as number;
    if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) return at;
  }
  const words = new Int32Array(body.buffer, body.byteOffset + first, count);
  let index = 0;
  for (; index < count; index += 1) {
    const word = words[index] as number;
    const quote = word ^ 0x22222222;
    const backslash = word ^ 0x5c5c5c5c;
    const below = ((word - 0x20202020) | 0) & ~word;
    const isQuote = ((quote - 0x01010101) | 0) & ~quote;
    const isBackslash = ((backslash - 0x01010101) | 0) & ~backslash;
    if (((below | isQuote | isBackslash) & 0x80808080) !== 0) break;
  }
  return first + index * 4;
}

function skipScalar(body: Buffer, at: number, byte: number): number {
  if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return skipNumber(body, at);
  if (byte === 0x74) return skipWord(body, at, 'true');
  if (byte === 0x66) return skipWord(body, at, 'false');
  if (byte === 0x6e) return skipWord(body, at, 'null');
  throw invalidJson(at, unexpected(body, at));
}

function skipWord(body: Buffer, at: number, word: string): number {
  for (let index = 1; index < word.length; index += 1) {
    if (body[at + index] !== word.charCodeAt(index)) throw invalidJson(at, unexpected(body, at));
  }
  return at + word.length;
}

function skipNumber(body: Buffer, at: number): number {
  if (body[at] === 0x2d) at += 1;
  at = body[at] === 0x30 ? at + 1 : skipDigits(body, at);
  if (body[at] === 0x2e) at = skipDigits(body, at + 1);
  if (body[at] === 0x65 || body[at] === 0x45) {
    at += 1;
    if (body[at] === 0x2b || body[at] === 0x2d) at += 1;
    at = skipDigits(body, at);
  }
  return at;
}

function skipDigits(body: Buffer, at: number): number {
  const start = at;
  while (at < body.length && (body[at] as number) >= 0x30 && (body[at] as number) <= 0x39) at += 1;
  if (at === start) throw invalidJson(at, unexpected(body, at));
  return at;
}

/** What stands at a position where something else was needed. Never quotes the body: it may hold a secret. */
export function unexpected(body: Buffer, at: number): string {
  return at < body.length ? 'an unexpected character' : 'the text ends too early';
}

/** The fault for text that is not JSON. */
export function invalidJson(at: number, what: string): Fault {
  return new Fault('invalid_json', `The body is not valid JSON: ${what} at byte ${at}.`);
}
