/**
 * Reads along as JSON bytes pass, in pieces of any size, without building values and without keeping them: it picks out
 * the `usage` object, the `type`, whether there is an `error`, and how many bytes of text the model wrote. It does not
 * validate: an upstream's broken JSON is passed on, and read as well as it can be.
 */
import { JsonCapture } from './jsonCapture.ts';
import { type MemberCode, NAMES, isText, nameCode } from './jsonNames.ts';

const MAX_TYPE_BYTES = 64;
/** Member names are known down to this depth: the containers' kinds are bits of one number. */
const MAX_NAMED_DEPTH = 31;
const LONG_STRING = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const STRUCTURE = 0;
const IN_NAME = 1;
const IN_TEXT = 2;
const IN_STRING = 3;

export interface ScanOptions {
  /** Text counts only inside this top-level member (or when it is it); null: anywhere. */
  readonly textRoot: MemberCode | null;
  /** Also take `message.usage` and `response.usage`, as stream events have it. */
  readonly nestedUsage: boolean;
}

export class JsonScan {
  /** Of all documents so far: decoded size of the strings that the model wrote. */
  textBytes = 0;
  /** Of this document: the parsed `usage` object; null when it could not be parsed; undefined when there is none. */
  usage: unknown = undefined;
  type = '';
  hasError = false;
  /** `choices` is there and empty. */
  noChoices = false;
  /** The outermost container has ended. */
  closed = false;

  readonly #textRoot: MemberCode | null;
  readonly #nestedUsage: boolean;
  #mode = STRUCTURE;
  #depth = 0;
  /** Bit n: the container at depth n is an object. */
  #kinds = 0;
  #expectName = false;
  /** The member whose value comes next, and the top-level member we are in; 0: none, or one that does not matter. */
  #name: MemberCode = 0;
  #root: MemberCode = 0;
  /** 0: none, 1: after a backslash, 5 to 2: hex digits to come plus one. */
  #escape = 0;
  #hex = 0;
  /** Beginning of a name that was cut by the end of a piece. */
  #nameHead = '';
  readonly #capture = new JsonCapture();
  #usageDepth = 0;
  #typeStart = -1;

  constructor(options: ScanOptions) {
    this.#textRoot = options.textRoot;
    this.#nestedUsage = options.nestedUsage;
  }

  /** Ready for the next document; `textBytes` goes on. */
  reset(): void {
    this.usage = undefined;
    this.type = '';
    this.hasError = false;
    this.noChoices = false;
    this.closed = false;
    this.#mode = STRUCTURE;
    this.#depth = 0;
    this.#kinds = 0;
    this.#expectName = false;
    this.#name = 0;
    this.#root = 0;
    this.#escape = 0;
    this.#capture.drop();
    this.#typeStart = -1;
  }

  /** Reads up to `end`, or up to the end of the outermost container, and returns the position after what was read. */
  push(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && !this.closed) {
      if (this.#mode === STRUCTURE) at = this.#structure(bytes, at, end);
      else if (this.#mode === IN_NAME) at = this.#readName(bytes, at, end);
      else if (this.#mode === IN_TEXT) at = this.#countText(bytes, at, end);
      else at = this.#passString(bytes, at, end);
    }
    if (this.#capture.active) this.#capture.keep(bytes, at);
    this.#typeStart = -1;
    return at;
  }

  /** Everything outside strings: returns at the start of a string, at the end of the document, or at the end. */
  #structure(bytes: Buffer, at: number, end: number): number {
    for (; at < end; at += 1) {
      const byte = bytes[at] as number;
      // Digits, signs, points and white space: most of an embedding.
      if ((byte > 0x2c && byte < 0x3a) || byte < QUOTE) continue;
      switch (byte) {
        case QUOTE:
          this.#openString(at + 1);
          return at + 1;
        case 0x7b:
        case 0x5b:
          this.#open(byte === 0x7b, at);
          break;
        case 0x7d:
        case 0x5d:
          this.#close(bytes, at + 1);
          if (this.closed) return at + 1;
          break;
        case 0x2c:
          this.#name = 0;
          this.#expectName = this.#depth <= MAX_NAMED_DEPTH && ((this.#kinds >>> this.#depth) & 1) === 1;
          break;
        case 0x3a:
          this.#expectName = false;
          break;
        default:
      }
    }
    return at;
  }

  #open(isObject: boolean, at: number): void {
    const depth = this.#depth;
    if (depth === 1) {
      if (this.#name === NAMES.error) this.hasError = true;
      else if (this.#name === NAMES.choices) this.noChoices = !isObject;
    } else if (depth === 2 && this.#root === NAMES.choices) this.noChoices = false;
    if (isObject && this.#name === NAMES.usage && !this.#capture.active && this.#isUsage(depth)) {
      this.#capture.begin(at);
      this.#usageDepth = depth;
    }
    this.#depth = depth + 1;
    this.#name = 0;
    const named = isObject && depth < MAX_NAMED_DEPTH;
    this.#expectName = named;
    if (depth < MAX_NAMED_DEPTH)
      this.#kinds = named ? this.#kinds | (1 << (depth + 1)) : this.#kinds & ~(1 << (depth + 1));
  }

  #isUsage(depth: number): boolean {
    return (
      depth === 1 ||
      (depth === 2 && this.#nestedUsage && (this.#root === NAMES.message || this.#root === NAMES.response))
    );
  }

  #close(bytes: Buffer, after: number): void {
    this.#depth -= 1;
    this.#name = 0;
    this.#expectName = false;
    if (this.#capture.active && this.#depth === this.#usageDepth) this.usage = this.#capture.finish(bytes, after);
    this.closed = this.#depth <= 0;
  }

  #openString(at: number): void {
    if (this.#expectName) {
      this.#mode = IN_NAME;
      this.#nameHead = '';
      return;
    }
    const name = this.#name;
    this.#mode = isText(name) && (this.#textRoot === null || this.#root === this.#textRoot) ? IN_TEXT : IN_STRING;
    if (this.#depth !== 1) return;
    if (name === NAMES.error) this.hasError = true;
    else if (name === NAMES.type) this.#typeStart = at;
  }

  #readName(bytes: Buffer, at: number, end: number): number {
    const start = at;
    at = this.#endOfString(bytes, at, end);
    if (this.#capture.active) {
      this.#name = 0;
    } else if (this.#mode === STRUCTURE) {
      const head = this.#nameHead;
      const whole = head === '' ? null : Buffer.from(head + bytes.toString('latin1', start, at - 1), 'latin1');
      this.#name = whole === null ? nameCode(bytes, start, at - 1) : nameCode(whole, 0, whole.length);
      if (this.#depth === 1) this.#root = this.#name;
    } else {
      // A long name is none that matters; its beginning tells that as well as the whole.
      this.#nameHead = (this.#nameHead + bytes.toString('latin1', start, Math.min(at, start + LONG_STRING))).slice(
        0,
        LONG_STRING,
      );
    }
    return at;
  }

  #passString(bytes: Buffer, at: number, end: number): number {
    at = this.#endOfString(bytes, at, end);
    if (this.#typeStart !== -1 && this.#mode === STRUCTURE) {
      this.type = bytes.toString('latin1', this.#typeStart, Math.min(at - 1, this.#typeStart + MAX_TYPE_BYTES));
      this.#typeStart = -1;
    }
    return at;
  }

  /** The position after the closing quote, with the mode set back; or `end` when the string goes on. */
  #endOfString(bytes: Buffer, at: number, end: number): number {
    if (this.#escape === 1) {
      this.#escape = 0;
      at += 1;
    }
    const shortEnd = Math.min(end, at + LONG_STRING);
    let byte = 0;
    while (at < shortEnd && (byte = bytes[at] as number) !== QUOTE && byte !== BACKSLASH) at += 1;
    let longAt = shortEnd;
    while (at < end) {
      byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#mode = STRUCTURE;
        return at + 1;
      }
      at += byte === BACKSLASH ? 2 : 1;
      if (at < longAt || at >= end) continue;
      // Natively to the next quote, or to the backslashes before it, so that their pairing stays right.
      const quote = bytes.indexOf(QUOTE, at);
      const limit = quote === -1 || quote > end ? end : quote;
      let stop = limit;
      while (stop > at && bytes[stop - 1] === BACKSLASH) stop -= 1;
      at = stop;
      longAt = limit + LONG_STRING;
    }
    // One past the end: the piece was cut between a backslash and what it escapes.
    if (at > end) this.#escape = 1;
    return end;
  }

  /** As endOfString, counting what the string decodes to in UTF-8. */
  #countText(bytes: Buffer, at: number, end: number): number {
    while (at < end) {
      if (this.#escape !== 0) {
        this.#countEscape(bytes[at] as number);
        at += 1;
        continue;
      }
      const start = at;
      let byte = 0;
      while (at < end && (byte = bytes[at] as number) !== QUOTE && byte !== BACKSLASH) at += 1;
      this.textBytes += at - start;
      if (at === end) return at;
      at += 1;
      if (byte === QUOTE) {
        this.#mode = STRUCTURE;
        return at;
      }
      this.#escape = 1;
    }
    return at;
  }

  #countEscape(byte: number): void {
    if (this.#escape === 1) {
      this.#escape = byte === 0x75 ? 5 : 0;
      this.#hex = 0;
      if (byte !== 0x75) this.textBytes += 1;
      return;
    }
    this.#hex = this.#hex * 16 + (byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57);
    this.#escape -= 1;
    if (this.#escape > 1) return;
    this.#escape = 0;
    // Two surrogates make one character of four bytes.
    this.textBytes += this.#hex < 0x80 ? 1 : this.#hex < 0x800 || (this.#hex & 0xf800) === 0xd800 ? 2 : 3;
  }
}
