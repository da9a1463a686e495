import { Fault } from '../core/fault.ts';

/** The largest event passed on; a `response.completed` with images comes near it. */
export const MAX_EVENT_BYTES = 16 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/** Where in its lines a stream stands. An event ends with an empty line; LF, CR and CRLF all end lines, even mixed. */
const IN_LINE = 0;
const LINE_START = 1;
/** After the CR that ended a line: an LF would belong to it. */
const AFTER_CR = 2;
/** After an empty line ended by CR: the event is over, but an LF would still belong to it. */
const AFTER_EMPTY_CR = 3;

/**
 * Called with each whole event, the empty line that ends it included: `bytes` from `start` up to `end`. `hasCr`: there
 * may be a CR in it; without one, lines can be found natively.
 */
export type OnEvent = (bytes: Buffer, start: number, end: number, hasCr: boolean) => void;

/**
 * Cuts the bytes of a text/event-stream (WHATWG HTML 9.2) into whole events, however they were cut into chunks. Holds
 * only the part of an event that has no end yet, and throws `upstream_bad_answer` when that grows past the bound.
 */
export class EventSplitter {
  #parts: Buffer[] = [];
  #partBytes = 0;
  #state = LINE_START;
  /** Once there was a CR, all of the stream is read byte by byte. */
  #hasCr = false;
  readonly #maxEventBytes: number;

  constructor(maxEventBytes: number = MAX_EVENT_BYTES) {
    this.#maxEventBytes = maxEventBytes;
  }

  push(chunk: Buffer, onEvent: OnEvent): void {
    if (!this.#hasCr && chunk.indexOf(CR) === -1) this.#pushLines(chunk, onEvent);
    else this.#pushMixed(chunk, onEvent);
  }

  /** Lines that end with LF, as nearly all streams have them. */
  #pushLines(chunk: Buffer, onEvent: OnEvent): void {
    let atLineStart = this.#state === LINE_START;
    let start = 0;
    let at = 0;
    for (let lf = chunk.indexOf(LF); lf !== -1; lf = chunk.indexOf(LF, at)) {
      if (atLineStart && lf === at) {
        this.#emit(chunk, start, lf + 1, onEvent);
        start = lf + 1;
      }
      atLineStart = true;
      at = lf + 1;
    }
    if (at < chunk.length || atLineStart) this.#state = at < chunk.length ? IN_LINE : LINE_START;
    if (start < chunk.length) this.#keep(start === 0 ? chunk : chunk.subarray(start));
  }

  #pushMixed(chunk: Buffer, onEvent: OnEvent): void {
    this.#hasCr = true;
    let state = this.#state;
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (state === IN_LINE && byte > CR) continue;
      let end = -1;
      if (byte === LF) {
        if (state === LINE_START || state === AFTER_EMPTY_CR) end = at + 1;
        state = LINE_START;
      } else if (state === AFTER_EMPTY_CR) {
        end = at;
        state = byte === CR ? AFTER_EMPTY_CR : IN_LINE;
      } else if (byte === CR) {
        // A stream that ends lines with CR alone must not wait for the next byte, so CR CR ends an event at once.
        if (state === AFTER_CR) end = at + 1;
        state = state === AFTER_CR ? LINE_START : state === LINE_START ? AFTER_EMPTY_CR : AFTER_CR;
      } else {
        state = IN_LINE;
      }
      if (end !== -1) {
        this.#emit(chunk, start, end, onEvent);
        start = end;
      }
    }
    this.#state = state;
    if (start < chunk.length) this.#keep(start === 0 ? chunk : chunk.subarray(start));
  }

  /** The bytes after the last whole event: an event cut short, or whole but for a last LF that did not come. */
  end(): Buffer {
    const rest = Buffer.concat(this.#parts, this.#partBytes);
    this.#parts = [];
    this.#partBytes = 0;
    return rest;
  }

  #emit(chunk: Buffer, start: number, end: number, onEvent: OnEvent): void {
    if (this.#partBytes === 0) {
      if (end - start > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes);
      onEvent(chunk, start, end, this.#hasCr);
      return;
    }
    if (end > start) this.#keep(chunk.subarray(start, end));
    const event = this.end();
    onEvent(event, 0, event.length, this.#hasCr);
  }

  #keep(part: Buffer): void {
    this.#partBytes += part.length;
    if (this.#partBytes > this.#maxEventBytes) throw tooLarge(this.#maxEventBytes);
    this.#parts.push(part);
  }
}

/** What an event says: its name (null: none given) and where its data lies. */
export interface EventFields {
  readonly name: string | null;
  /** All `data` lines joined with LF; null for comments and the like. One line is a range of the event's own bytes. */
  readonly data: { readonly bytes: Buffer; readonly start: number; readonly end: number } | null;
}

/** Reads the fields of one event, without decoding its data. */
export function readEvent(bytes: Buffer, start: number, end: number, hasCr: boolean): EventFields {
  let name: string | null = null;
  let data: EventFields['data'] = null;
  let more: Buffer[] | null = null;
  let at = start;
  while (at < end) {
    const first = bytes[at] as number;
    const lineEnd = endOfLine(bytes, at, end, hasCr);
    if (first === 0x64 && isField(bytes, at, lineEnd, 'data')) {
      const valueStart = valueOf(bytes, at + 4, lineEnd);
      if (data === null) data = { bytes, start: valueStart, end: lineEnd };
      else (more ??= []).push(bytes.subarray(valueStart, lineEnd));
    } else if (first === 0x65 && isField(bytes, at, lineEnd, 'event')) {
      name = bytes.toString('utf8', valueOf(bytes, at + 5, lineEnd), lineEnd);
    }
    at = lineEnd + 1;
  }
  return { name, data: data === null || more === null ? data : joined(data, more) };
}

function joined(first: NonNullable<EventFields['data']>, more: readonly Buffer[]): NonNullable<EventFields['data']> {
  const parts = [first.bytes.subarray(first.start, first.end)];
  for (const line of more) parts.push(Buffer.from('\n'), line);
  const bytes = Buffer.concat(parts);
  return { bytes, start: 0, end: bytes.length };
}

function endOfLine(bytes: Buffer, at: number, end: number, hasCr: boolean): number {
  if (!hasCr) {
    const lf = bytes.indexOf(LF, at);
    return lf === -1 || lf > end ? end : lf;
  }
  while (at < end && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  return at;
}

/** A line is a field's name, then a colon and its value, or the name alone for an empty value. */
function isField(bytes: Buffer, at: number, lineEnd: number, name: string): boolean {
  for (let index = 1; index < name.length; index += 1) {
    if (bytes[at + index] !== name.charCodeAt(index)) return false;
  }
  const after = at + name.length;
  return after === lineEnd || (after < lineEnd && bytes[after] === 0x3a);
}

/** Where the value starts: after the colon and one space. */
function valueOf(bytes: Buffer, at: number, lineEnd: number): number {
  if (at < lineEnd) at += 1;
  return at < lineEnd && bytes[at] === 0x20 ? at + 1 : at;
}

function tooLarge(maxEventBytes: number): Fault {
  return new Fault('upstream_bad_answer', `The upstream sent an event larger than ${maxEventBytes} bytes.`);
}
