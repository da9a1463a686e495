import type { Meter, MeterEnd, MeterSnapshot } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { TokenUsage } from '../core/usage.ts';
import { NAMES, type MemberCode } from './jsonNames.ts';
import { JsonScan } from './jsonScan.ts';
import { NO_BYTES } from './lastByte.ts';
import { EventSplitter, MAX_EVENT_BYTES, readEvent } from './sse.ts';
import { type MeterProtocol, mergeUsage, parseUsage } from './usage.ts';

interface Rules {
  /** Member of an event that holds what the model wrote; events that repeat it whole (`….done`) have it elsewhere. */
  readonly textRoot: MemberCode | null;
  /** Types of the last event. `[DONE]` always is one. */
  readonly lastTypes: ReadonlySet<string>;
  /** Without its last event, a stream of this protocol was cut short. */
  readonly needsLast: boolean;
}

const NO_TYPES: ReadonlySet<string> = new Set();
const CHOICES: Rules = { textRoot: NAMES.choices, lastTypes: NO_TYPES, needsLast: true };
const ANTHROPIC: Rules = { textRoot: NAMES.delta, lastTypes: new Set(['message_stop']), needsLast: true };
const OTHER: Rules = {
  textRoot: NAMES.delta,
  lastTypes: new Set([
    'transcript.text.done',
    'speech.audio.done',
    'image_generation.completed',
    'image_edit.completed',
  ]),
  needsLast: false,
};

const RULES: Readonly<Record<MeterProtocol, Rules>> = {
  'openai-chat': CHOICES,
  'openai-completions': CHOICES,
  'openai-responses': {
    textRoot: NAMES.delta,
    lastTypes: new Set(['response.completed', 'response.failed', 'response.incomplete']),
    needsLast: true,
  },
  'openai-embeddings': OTHER,
  'openai-other': OTHER,
  'anthropic-messages': ANTHROPIC,
  'anthropic-other': { ...ANTHROPIC, needsLast: false },
  opaque: OTHER,
};

/** A stream of events: whole events pass as they come; from the last one on, everything waits. */
export class SseMeter implements Meter {
  readonly #protocol: MeterProtocol;
  readonly #rules: Rules;
  readonly #hideUsage: boolean;
  readonly #splitter = new EventSplitter();
  readonly #scan: JsonScan;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #out: Buffer[] = [];
  /** Neighbouring events of one chunk are released as one piece. */
  #runBytes: Buffer = NO_BYTES;
  #runStart = 0;
  #runEnd = 0;
  #bodyBytes = 0;
  #usage: unknown = undefined;
  #usageIsFinal = false;
  #last = false;
  /** An error was sent instead of the rest. A `response.failed` is a failure told in full. */
  #brokenOff = false;
  #failed = false;

  constructor(protocol: MeterProtocol, hideUsage: boolean) {
    this.#protocol = protocol;
    this.#rules = RULES[protocol];
    this.#hideUsage = hideUsage && (protocol === 'openai-chat' || protocol === 'openai-completions');
    this.#scan = new JsonScan({ textRoot: this.#rules.textRoot, nestedUsage: true });
  }

  push(chunk: Buffer): Buffer {
    this.#bodyBytes += chunk.length;
    this.#splitter.push(chunk, this.#onEvent);
    this.#endRun();
    const out = this.#out;
    if (out.length === 0) return NO_BYTES;
    this.#out = [];
    return out.length === 1 ? (out[0] as Buffer) : Buffer.concat(out);
  }

  end(): MeterEnd {
    // Clients differ on an event without its empty line; it is read as one, and waits like one.
    const rest = this.#splitter.end();
    if (rest.length > 0) this.#onEvent(rest, 0, rest.length, true);
    this.#endRun();
    const held = Buffer.concat([...this.#held, ...this.#out]);
    const cutShort = !this.#last && (this.#rules.needsLast || rest.length > 0);
    return { ...this.snapshot(), complete: !cutShort && !this.#brokenOff, held };
  }

  snapshot(): MeterSnapshot {
    const parsed = this.#usage === undefined ? null : parseUsage(this.#protocol, this.#usage);
    const partialUsage: TokenUsage | null = this.#usageIsFinal ? null : parsed;
    return {
      usage: this.#usageIsFinal ? parsed : null,
      observed: { outputBytes: this.#scan.textBytes, bodyBytes: this.#bodyBytes, partialUsage },
      complete: this.#last && !this.#brokenOff,
      failed: this.#failed || this.#brokenOff,
    };
  }

  readonly #onEvent = (bytes: Buffer, start: number, end: number, hasCr: boolean): void => {
    if (!this.#read(bytes, start, end, hasCr)) return;
    if (this.#last) {
      this.#endRun();
      this.#heldBytes += end - start;
      if (this.#heldBytes > MAX_EVENT_BYTES)
        throw new Fault('upstream_bad_answer', 'The upstream goes on after the end of its answer.');
      this.#held.push(bytes.subarray(start, end));
    } else if (this.#runBytes === bytes && this.#runEnd === start) {
      this.#runEnd = end;
    } else {
      this.#endRun();
      this.#runBytes = bytes;
      this.#runStart = start;
      this.#runEnd = end;
    }
  };

  #endRun(): void {
    if (this.#runBytes === NO_BYTES) return;
    const whole = this.#runStart === 0 && this.#runEnd === this.#runBytes.length;
    this.#out.push(whole ? this.#runBytes : this.#runBytes.subarray(this.#runStart, this.#runEnd));
    this.#runBytes = NO_BYTES;
  }

  /** Takes what matters from an event; false: it is not for the client. */
  #read(bytes: Buffer, start: number, end: number, hasCr: boolean): boolean {
    const { name, data } = readEvent(bytes, start, end, hasCr);
    if (data === null) return true;
    if (isDone(data.bytes, data.start, data.end)) {
      this.#last = true;
      return true;
    }
    const scan = this.#scan;
    const textBytes = scan.textBytes;
    scan.reset();
    scan.push(data.bytes, data.start, data.end);
    if (scan.hasError || scan.type === 'error' || name === 'error') {
      this.#brokenOff = true;
      scan.textBytes = textBytes;
    }
    if (scan.type !== '' && this.#rules.lastTypes.has(scan.type)) {
      this.#last = true;
      if (scan.type === 'response.failed') this.#failed = true;
    }
    if (scan.usage === undefined) return true;
    this.#takeUsage(scan.usage, scan.type);
    return !(this.#hideUsage && scan.noChoices && !scan.hasError);
  }

  #takeUsage(usage: unknown, type: string): void {
    if (type === 'message_start') {
      this.#usage = usage;
      return;
    }
    this.#usage = type === 'message_delta' ? mergeUsage(this.#usage, usage) : usage;
    this.#usageIsFinal = true;
  }
}

function isDone(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 6 && bytes[start] === 0x5b && bytes.toString('latin1', start, end) === '[DONE]';
}
