import type { Meter, MeterEnd, MeterSnapshot } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { NAMES, type MemberCode } from './jsonNames.ts';
import { JsonScan } from './jsonScan.ts';
import { LastByte, NO_BYTES } from './lastByte.ts';
import { type MeterProtocol, parseUsage } from './usage.ts';

/** White space that may follow the closing brace; it waits with it. */
const MAX_TAIL_BYTES = 64 * 1024;

/** Where each protocol's answer has the text that the model wrote; elsewhere: anywhere. */
const TEXT_ROOTS: { readonly [P in MeterProtocol]?: MemberCode } = {
  'openai-chat': NAMES.choices,
  'openai-completions': NAMES.choices,
  'openai-responses': NAMES.output,
  'anthropic-messages': NAMES.content,
};

/** A JSON answer of any size: bytes pass as they come, only the outermost closing bracket (and what follows it) waits. */
export class JsonMeter implements Meter {
  readonly #protocol: MeterProtocol;
  readonly #scan: JsonScan;
  readonly #lastByte = new LastByte();
  /** Null until the first byte that is not white space; false: the body is no object or array, its last byte is held. */
  #isContainer: boolean | null = null;
  #tail: Buffer = NO_BYTES;
  #bodyBytes = 0;
  #usage: unknown = undefined;
  #failed = false;

  constructor(protocol: MeterProtocol) {
    this.#protocol = protocol;
    this.#scan = new JsonScan({ textRoot: TEXT_ROOTS[protocol] ?? null, nestedUsage: false });
  }

  push(chunk: Buffer): Buffer {
    this.#bodyBytes += chunk.length;
    const start = this.#isContainer === null || this.#scan.closed ? firstOf(chunk) : 0;
    if (this.#isContainer === null) {
      if (start === chunk.length) return chunk;
      this.#isContainer = chunk[start] === 0x7b || chunk[start] === 0x5b;
    }
    return this.#isContainer ? this.#pushContainer(chunk, start) : this.#lastByte.push(chunk);
  }

  /** One document is the rule. Where several follow each other, the tail of each waits until the next begins. */
  #pushContainer(chunk: Buffer, start: number): Buffer {
    const scan = this.#scan;
    const before = this.#tail;
    let heldFrom = scan.closed ? 0 : chunk.length;
    for (let at = start; at < chunk.length;) {
      if (scan.closed) scan.reset();
      heldFrom = chunk.length;
      at = scan.push(chunk, at, chunk.length);
      if (!scan.closed) break;
      if (scan.usage !== undefined) this.#usage = scan.usage;
      this.#failed ||= scan.hasError;
      heldFrom = at - 1;
      at = firstOf(chunk, at);
    }
    const held = chunk.subarray(heldFrom);
    if (heldFrom === 0 && before.length > 0) {
      if (before.length + held.length > MAX_TAIL_BYTES)
        throw new Fault('upstream_bad_answer', 'The upstream does not end its answer.');
      this.#tail = Buffer.concat([before, held]);
      return NO_BYTES;
    }
    this.#tail = held;
    const free = heldFrom === chunk.length ? chunk : chunk.subarray(0, heldFrom);
    return before.length === 0 ? free : Buffer.concat([before, free]);
  }

  end(): MeterEnd {
    const held = this.#isContainer === false ? this.#lastByte.held : this.#tail;
    // A body without a bracket, as sound and plain text are, cannot be seen to be cut short: that it ended is all there
    // is to know. Where JSON is due, it is no answer, and neither is nothing.
    const whole = this.#isContainer === true ? this.#scan.closed : this.#protocol === 'openai-other';
    return { ...this.#state(whole), held };
  }

  snapshot(): MeterSnapshot {
    return this.#state(this.#isContainer === true && this.#scan.closed);
  }

  #state(whole: boolean): MeterSnapshot {
    const raw = this.#scan.usage ?? this.#usage;
    const failed = this.#failed || this.#scan.hasError;
    const outputBytes = failed ? 0 : this.#scan.textBytes;
    return {
      usage: raw === undefined ? null : parseUsage(this.#protocol, raw),
      observed: { outputBytes, bodyBytes: this.#bodyBytes, partialUsage: null },
      complete: whole,
      failed,
    };
  }
}

/** The first byte that is not JSON white space. */
function firstOf(chunk: Buffer, at = 0): number {
  while (at < chunk.length && (chunk[at] === 0x20 || chunk[at] === 0x0a || chunk[at] === 0x0d || chunk[at] === 0x09))
    at += 1;
  return at;
}
