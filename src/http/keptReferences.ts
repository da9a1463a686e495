/**
 * Finds in a JSON body, at any depth, what names something kept at the provider under the operator's one credential: a
 * file, a vector store, a container, an earlier item or prompt. All tenants share that credential, so whoever learns an id
 * could read another's (docs/decisions/0004).
 *
 * One pass over bytes that are known to be JSON. What a client may name as it likes (schemas of its functions, what they
 * were called with, metadata) is passed over: no provider looks for references there.
 */
import { Fault } from '../core/fault.ts';
import type { WireProtocol } from './gatewayRoutes.ts';
import { skipSpace } from './jsonText.ts';

/** Refused with any value but an object (a description of such a member) and null. */
const REFERENCES = [
  'file_id',
  'file_ids',
  'vector_store_id',
  'vector_store_ids',
  'thread_id',
  'assistant_id',
  'skill_id',
] as const;
/** Refused when they are an object that has an `id`. `container` also as a text: that is an id. */
const HOLDERS = ['container', 'prompt', 'audio', 'voice'] as const;

/** What clients name as they like, by whose protocol it is. */
const FREE: Record<'openai' | 'anthropic', readonly string[]> = {
  openai: ['parameters', 'schema', 'input_schema', 'annotations', 'metadata'],
  anthropic: ['input', 'input_schema', 'metadata'],
};

type Meaning = 'reference' | 'holder' | 'free' | 'type' | 'id' | 'role' | 'input';

const meanings = {
  openai: meaningsOf(FREE.openai, [['input', 'input']]),
  anthropic: meaningsOf(FREE.anthropic, []),
  other: meaningsOf([], []),
};

function meaningsOf(free: readonly string[], more: readonly [string, Meaning][]): ReadonlyMap<string, Meaning> {
  const entries: [string, Meaning][] = [
    ...REFERENCES.map((name): [string, Meaning] => [name, 'reference']),
    ...HOLDERS.map((name): [string, Meaning] => [name, 'holder']),
    ...free.map((name): [string, Meaning] => [name, 'free']),
    ['type', 'type'],
    ['role', 'role'],
    ['id', 'id'],
    ...more,
  ];
  return new Map(entries);
}

const LONGEST_NAME = Math.max(...[...REFERENCES, ...HOLDERS, ...FREE.openai, ...FREE.anthropic].map((n) => n.length));
const ITEM_REFERENCE = 'item_reference';
const SHORT_RUN = 64;

/** An object or list that the scan is in. */
interface Place {
  /** The member it is the value of, where that matters. */
  readonly name: string | null;
  /** An element of the list of a response's input. */
  readonly isItem: boolean;
  hasId: boolean;
  hasKind: boolean;
}

/** Throws `invalid_request` naming the member. `body` must have been read by `readEnvelope`. */
export function refuseKept(body: Buffer, protocol: WireProtocol): void {
  const known =
    meanings[protocol.startsWith('anthropic') ? 'anthropic' : protocol === 'openai-other' ? 'other' : 'openai'];
  const isResponses = protocol === 'openai-responses';
  const places: Place[] = [];
  let name: string | null = null;
  /** How deep the scan was when it came to something free. */
  let freeAt = Infinity;

  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === 0x7b || byte === 0x5b) {
      const isItem = isResponses && byte === 0x7b && places.length === 2 && places[1]?.name === 'input';
      places.push({ name, isItem, hasId: false, hasKind: false });
      name = null;
    } else if (byte === 0x7d || byte === 0x5d) {
      const place = places.pop();
      if (place?.isItem && place.hasId && !place.hasKind) throw kept('id');
      if (places.length <= freeAt) freeAt = Infinity;
      name = null;
    } else if (byte === 0x22) {
      const end = stringEnd(body, at);
      const colon = skipSpace(body, end);
      if (body[colon] === 0x3a) {
        name = null;
        if (places.length < freeAt) {
          const valueAt = skipSpace(body, colon + 1);
          name = nameOf(body, at + 1, end - 1, known);
          if (name !== null) judge(name, valueAt);
        }
        at = colon;
      } else {
        at = end - 1;
      }
    }
  }

  function judge(found: string, valueAt: number): void {
    const first = body[valueAt];
    const place = places.at(-1);
    if (first === 0x6e || !place) return;
    const meaning = known.get(found);
    if (meaning === 'free') {
      if (first === 0x7b || first === 0x5b) freeAt = places.length;
    } else if (meaning === 'reference') {
      if (first !== 0x7b) throw kept(found);
    } else if (meaning === 'holder') {
      if (found === 'container' && first === 0x22) throw kept(found);
    } else if (meaning === 'type') {
      place.hasKind = true;
      if (first === 0x22 && textOf(body, valueAt + 1, stringEnd(body, valueAt) - 1) === ITEM_REFERENCE)
        throw kept(ITEM_REFERENCE);
    } else if (meaning === 'role') {
      place.hasKind = true;
    } else if (meaning === 'id') {
      place.hasId = true;
      if (place.name !== null && known.get(place.name) === 'holder') throw kept(`${place.name}.id`);
    }
  }
}

/** Names of how many letters that begin with this one mean something: nearly every other is passed over with that. */
const likely = new Set(
  Object.values(meanings).flatMap((known) => [...known.keys()].map((n) => n.length * 256 + n.charCodeAt(0))),
);

/** The member's name as any parser may take it, if it means something. */
function nameOf(body: Buffer, start: number, end: number, known: ReadonlyMap<string, Meaning>): string | null {
  if (end - start < 2 || end - start > 6 * LONGEST_NAME) return null;
  if (isPlain(body, start, end) && !likely.has((end - start) * 256 + (body[start] as number))) return null;
  const text = textOf(body, start, end);
  return text !== null && known.has(text) ? text : null;
}

/** Small letters and `_` alone. */
function isPlain(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = body[at] as number;
    if (byte !== 0x5f && (byte < 0x61 || byte > 0x7a)) return false;
  }
  return true;
}

/** A short text without its escapes and its case: some parsers ignore both. */
function textOf(body: Buffer, start: number, end: number): string | null {
  if (end - start > 6 * LONGEST_NAME) return null;
  if (isPlain(body, start, end)) return body.toString('latin1', start, end);
  const text = JSON.parse(body.toString('utf8', start - 1, end + 1)) as string;
  return text
    .replaceAll('\u017f', 's')
    .replaceAll(/[\u0131\u0130]/g, 'i')
    .toLowerCase();
}

/** The position after the closing quote of the string at `at`; long runs, such as a file in base64, are passed over natively. */
function stringEnd(body: Buffer, at: number): number {
  let shortTo = at + SHORT_RUN;
  let quote = -1;
  for (let end = at + 1; ; end += 1) {
    const byte = body[end];
    if (byte === 0x22 || byte === undefined) return end + 1;
    if (byte === 0x5c) {
      end += 1;
      shortTo = end + SHORT_RUN;
    } else if (end >= shortTo) {
      if (quote < end) quote = nextQuote(body, end);
      const escape = body.subarray(end, quote).indexOf(0x5c);
      if (escape === -1) return quote + 1;
      end += escape - 1;
      shortTo = end + SHORT_RUN;
    }
  }
}

function nextQuote(body: Buffer, from: number): number {
  const found = body.indexOf(0x22, from);
  return found === -1 ? body.length : found;
}

function kept(name: string): Fault {
  return new Fault(
    'invalid_request',
    `"${name}" names what is kept at the provider, which all share here. Send the content itself instead.`,
  );
}
