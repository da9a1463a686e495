/**
 * Reads what the gateway must know of a JSON request body, in one strict pass over its bytes, and changes it by
 * splicing. Everything else the client wrote reaches the upstream byte for byte.
 *
 * What we read must be what the upstream reads, or a key could call a model it was not checked for. JSON parsers differ
 * on members that occur twice (first or last wins) and on the case of their names (Go matches without it): a member the
 * gateway needs is therefore refused in both cases.
 */
import { Fault, invalidField } from '../core/fault.ts';
import { invalidJson, skipColon, skipSpace, skipString, skipValue, unexpected } from './jsonText.ts';

/** Every member that can be asked for, and what its value must be (null is allowed and read as absent, except in `name`). */
export const MEMBERS = {
  model: 'name',
  stream: 'flag',
  stream_options: 'streamOptions',
  max_tokens: 'count',
  max_completion_tokens: 'count',
  max_output_tokens: 'count',
  n: 'count',
  best_of: 'count',
  prompt: 'items',
  background: 'flag',
  models: 'any',
  previous_response_id: 'any',
  conversation: 'any',
  service_tier: 'tier',
} as const;

interface KindValues {
  name: string;
  flag: boolean | null;
  count: number | null;
  streamOptions: StreamOptions | null;
  /** Of a list of texts or lists: how many. 1 for anything else, lists of numbers included. */
  items: number;
  /** The text of a short string; anything else as the JSON it is. */
  tier: string | null;
  /** Only that it is there. */
  any: undefined;
}

export type MemberName = keyof typeof MEMBERS;
export type CountName = { [N in MemberName]: (typeof MEMBERS)[N] extends 'count' ? N : never }[MemberName];

/** A member's value and the bytes it stands on: `start` its first, `end` the one after its last. */
export interface Member<T> {
  readonly value: T;
  readonly start: number;
  readonly end: number;
}

export interface StreamOptions {
  readonly includeUsage: Member<boolean | null> | null;
  /** Just after the opening brace. */
  readonly insertAt: number;
  readonly empty: boolean;
}

export interface Envelope {
  readonly members: { readonly [N in MemberName]?: Member<KindValues[(typeof MEMBERS)[N]]> };
  /** Just after the opening brace. */
  readonly insertAt: number;
  readonly empty: boolean;
}

const MAX_NAME_LENGTH = 200;
/** Of the body itself: no API has a hundred. Each name is compared, and an escaped one decoded. */
const MOST_MEMBERS = 10_000;
// Written escaped, a name takes six bytes a letter.
const LONGEST_NAME_BYTES = 6 * Math.max(...Object.keys(MEMBERS).map((name) => name.length));

/**
 * Reads the members `names` of `body`. Absent ones are absent in `members`: whether one is needed is the caller's rule.
 * Throws `invalid_json` (with the byte position) or `invalid_request` (with a pointer to the member).
 */
export function readEnvelope(body: Buffer, names: readonly MemberName[]): Envelope {
  const start = skipSpace(body, 0);
  if (body[start] !== 0x7b) throw notAnObject(body, start);
  const members: Record<string, Member<unknown>> = {};
  const empty = eachMember(body, start, 1, (nameStart, nameEnd, valueStart) => {
    const name = neededName(body, nameStart, nameEnd, names);
    const end = skipValue(body, valueStart, 1);
    if (name === null) return end;
    if (members[name] !== undefined) throw invalidField(`/${name}`, `"${name}" occurs twice. Send it once.`);
    members[name] = { value: readValue(body, valueStart, end, name), start: valueStart, end };
    return end;
  });
  return { members, insertAt: start + 1, empty };
}

/** The text of a `name` value, checked: what is looked up is what is called. Used for multipart fields too. */
export function checkName(pointer: string, text: unknown): string {
  if (typeof text !== 'string' || text === '')
    throw invalidField(pointer, `"${pointer.slice(1)}" must be a non-empty string.`);
  if (text.length > MAX_NAME_LENGTH)
    throw invalidField(pointer, `"${pointer.slice(1)}" is longer than ${MAX_NAME_LENGTH} characters.`);
  // U+FFFD stands for bytes that are not UTF-8, which another parser may read as something else.
  if (/[\p{Cc}\ufffd]/u.test(text) || !text.isWellFormed()) {
    throw invalidField(pointer, `"${pointer.slice(1)}" holds a control character or broken text.`);
  }
  return text;
}

/**
 * Whether a name that is not `needed` would be taken for it by a parser that ignores case. ſ, ı and İ fold to s and i in
 * some of them; the Kelvin sign becomes a k as it is.
 */
export function foldsTo(name: string, needed: string): boolean {
  const folded = name.replaceAll('\u017f', 's').replaceAll(/[\u0131\u0130]/g, 'i');
  return name !== needed && folded.toLowerCase() === needed;
}

/** Walks an object; `member` returns where the value ends. Nothing but white space may follow an object at depth 1. */
function eachMember(
  body: Buffer,
  at: number,
  depth: number,
  member: (nameStart: number, nameEnd: number, valueStart: number) => number,
): boolean {
  at = skipSpace(body, at + 1);
  const empty = body[at] === 0x7d;
  for (let count = 1; !empty; count += 1) {
    if (count > MOST_MEMBERS)
      throw new Fault('invalid_request', `An object of the body has more than ${MOST_MEMBERS} members.`);
    const nameEnd = skipString(body, at);
    const valueStart = skipSpace(body, skipColon(body, nameEnd));
    at = skipSpace(body, member(at + 1, nameEnd - 1, valueStart));
    if (body[at] === 0x7d) break;
    if (body[at] !== 0x2c) throw invalidJson(at, unexpected(body, at));
    at = skipSpace(body, at + 1);
  }
  if (depth === 1) {
    at = skipSpace(body, at + 1);
    if (at < body.length) throw invalidJson(at, 'something after the end');
  }
  return empty;
}

/** Which of `names` this member is, or null. Throws when it is one only for a parser that ignores case. */
function neededName<N extends string>(body: Buffer, start: number, end: number, names: readonly N[]): N | null {
  const length = end - start;
  if (length > LONGEST_NAME_BYTES) return null;
  for (let at = start; at < end; at += 1) {
    const byte = body[at] as number;
    if (byte >= 0x80 || byte === 0x5c) return neededText(parse(body, start - 1, end + 1) as string, names);
  }
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as N;
    if (name.length !== length) continue;
    const likeness = compareName(body, start, name);
    if (likeness === 'same') return name;
    if (likeness === 'folded') return neededText(body.toString('latin1', start, end), names);
  }
  return null;
}

/** `folded` takes letters as equal whatever their case, and also a few signs: neededText compares for certain. */
function compareName(body: Buffer, start: number, name: string): 'same' | 'folded' | 'other' {
  let same = true;
  for (let index = 0; index < name.length; index += 1) {
    const byte = body[start + index] as number;
    const letter = name.charCodeAt(index);
    if (byte === letter) continue;
    if ((byte | 0x20) !== (letter | 0x20)) return 'other';
    same = false;
  }
  return same ? 'same' : 'folded';
}

function neededText<N extends string>(text: string, names: readonly N[]): N | null {
  for (const name of names) {
    if (text === name) return name;
    if (foldsTo(text, name)) throw invalidField(`/${text}`, `"${text}" must be written "${name}".`);
  }
  return null;
}

function readValue(body: Buffer, start: number, end: number, name: MemberName): unknown {
  const kind = MEMBERS[name];
  if (kind === 'any') return undefined;
  if (kind === 'items') return countItems(body, start);
  if (kind === 'name') {
    // A letter written escaped takes six bytes; longer than that is refused without decoding megabytes.
    if (isPlainName(body, start, end)) return body.toString('latin1', start + 1, end - 1);
    const tooLong = end - start > 2 + 6 * MAX_NAME_LENGTH;
    if (tooLong && body[start] === 0x22)
      throw invalidField(`/${name}`, `"${name}" is longer than ${MAX_NAME_LENGTH} characters.`);
    return checkName(`/${name}`, tooLong ? null : parse(body, start, end));
  }
  const first = body[start];
  if (first === 0x6e) return null;
  if (kind === 'flag') return readFlag(first, `/${name}`);
  if (kind === 'tier') return readTier(body, start, end);
  if (kind === 'count') return readCount(body, start, end, name);
  if (first !== 0x7b) throw invalidField(`/${name}`, `"${name}" must be an object.`);
  return readStreamOptions(body, start);
}

function readFlag(first: number | undefined, pointer: string): boolean {
  if (first === 0x74) return true;
  if (first === 0x66) return false;
  throw invalidField(pointer, `"${pointer.slice(pointer.lastIndexOf('/') + 1)}" must be true or false.`);
}

/** Whether a value is a short string of printable ASCII without escapes, as nearly every model's name is: nothing is left to check. */
function isPlainName(body: Buffer, start: number, end: number): boolean {
  if (body[start] !== 0x22 || end - start < 3 || end - start > 2 + MAX_NAME_LENGTH) return false;
  for (let at = start + 1; at < end - 1; at += 1) {
    const byte = body[at] as number;
    if (byte > 0x7e || byte === 0x5c) return false;
  }
  return true;
}

/** Longer than the name of any tier, and short enough to be decoded whatever it is. */
const MOST_TIER_BYTES = 100;

function readTier(body: Buffer, start: number, end: number): string {
  const value = end - start > MOST_TIER_BYTES ? null : parse(body, start, end);
  return typeof value === 'string' ? value : body.toString('utf8', start, Math.min(end, start + MOST_TIER_BYTES));
}

function countItems(body: Buffer, start: number): number {
  if (body[start] !== 0x5b) return 1;
  let count = 0;
  let at = skipSpace(body, start + 1);
  while (body[at] !== 0x5d) {
    if (body[at] === 0x22 || body[at] === 0x5b) count += 1;
    at = skipSpace(body, skipValue(body, at, 2));
    if (body[at] === 0x2c) at = skipSpace(body, at + 1);
  }
  return Math.max(1, count);
}

/** Digits only: `1e3` and `100.0` are read as integers by some upstreams and refused by others. */
function readCount(body: Buffer, start: number, end: number, name: string): number {
  let count = 0;
  for (let at = start; at < end && count <= Number.MAX_SAFE_INTEGER; at += 1) {
    const digit = (body[at] as number) - 0x30;
    count = digit >= 0 && digit <= 9 ? count * 10 + digit : Infinity;
  }
  if (count > Number.MAX_SAFE_INTEGER) throw invalidField(`/${name}`, `"${name}" must be a whole number, 0 or more.`);
  return count;
}

function readStreamOptions(body: Buffer, start: number): StreamOptions {
  let includeUsage: Member<boolean | null> | null = null;
  const empty = eachMember(body, start, 2, (nameStart, nameEnd, valueStart) => {
    const end = skipValue(body, valueStart, 2);
    if (neededName(body, nameStart, nameEnd, ['include_usage']) === null) return end;
    const pointer = '/stream_options/include_usage';
    if (includeUsage !== null) throw invalidField(pointer, '"include_usage" occurs twice. Send it once.');
    const value = body[valueStart] === 0x6e ? null : readFlag(body[valueStart], pointer);
    includeUsage = { value, start: valueStart, end };
    return end;
  });
  return { includeUsage, insertAt: start + 1, empty };
}

function parse(body: Buffer, start: number, end: number): unknown {
  return JSON.parse(body.toString('utf8', start, end)) as unknown;
}

/** Says first whether it is JSON at all. */
function notAnObject(body: Buffer, start: number): Fault {
  if (start >= body.length) return invalidJson(start, 'it is empty');
  const end = skipSpace(body, skipValue(body, start, 0));
  if (end < body.length) return invalidJson(end, 'something after the end');
  return new Fault('invalid_request', 'The body must be a JSON object.', {
    errors: [{ pointer: '', detail: 'must be a JSON object' }],
  });
}
