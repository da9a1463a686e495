import type { Provider } from './catalogue.ts';
import type { Fault } from './fault.ts';
import type { TokenUsage } from './usage.ts';

/** Header names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A request as it goes to an upstream: rewritten, without the client's key, with the provider's credential still to be added. */
export interface UpstreamRequest {
  readonly provider: Provider;
  readonly method: string;
  /** Begins with `/`, normalised, with its query; appended to the provider's base URL. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
}

/** What comes back, in this order: `head`, any number of `data`, then `end` or `fail`; or `fail` alone. Nothing after either, or after `abort`. */
export interface UpstreamSink {
  head(status: number, headers: Headers): void;
  data(chunk: Buffer): void;
  end(): void;
  fail(fault: Fault): void;
}

export interface UpstreamCall {
  /** Cancels the call at once; the sink hears nothing more. */
  abort(): void;
  pause(): void;
  resume(): void;
}

/** Sends a request to its provider. Follows no redirect, retries nothing. */
export type SendUpstream = (request: UpstreamRequest, sink: UpstreamSink) => UpstreamCall;

/** Whether an answer comes as server-sent events, to be passed on event by event. */
export function isEventStream(headers: Headers): boolean {
  const type = headers['content-type'];
  return typeof type === 'string' && /^text\/event-stream\b/i.test(type);
}

/** Whether an answer is one JSON document. */
export function isJson(headers: Headers): boolean {
  const type = headers['content-type'];
  return typeof type === 'string' && /^application\/(?:[a-z0-9.+-]+\+)?json\b/i.test(type);
}

/** What the meter saw of an answer, whether or not usage was reported. */
export interface Observed {
  /** Bytes of text, reasoning and tool arguments as UTF-8, without JSON framing; error texts are not counted. */
  readonly outputBytes: number;
  /** All bytes the upstream sent as its body. */
  readonly bodyBytes: number;
  /** Usage reported so far that is not final (Anthropic's `message_start`): its input is true, its output a beginning. */
  readonly partialUsage: TokenUsage | null;
}

/** What is known at some moment of an answer. */
export interface MeterSnapshot {
  /** As the upstream reported it; null: not (yet), or not credibly. */
  readonly usage: TokenUsage | null;
  /** What an estimate needs where there is no report. */
  readonly observed: Observed;
  /** The answer is whole: its JSON is closed, or its last event came, and no error was sent instead. */
  readonly complete: boolean;
  /** The upstream sent an error inside its answer. */
  readonly failed: boolean;
}

export interface MeterEnd extends MeterSnapshot {
  /** The last bytes, to be released when the settlement is durable. */
  readonly held: Buffer;
}

/**
 * Reads usage off an answer while it passes, and says which of its bytes may go to the client now and which must wait
 * until the answer is settled. Throws Fault `upstream_bad_answer` from `push` for what cannot be metered in bounded memory.
 */
export interface Meter {
  /** Takes the next bytes of the upstream's body; returns what may be sent now (often the chunk itself, maybe nothing). */
  push(chunk: Buffer): Buffer;
  /** After the last push. Not called when the client left or the upstream broke off: then `snapshot` has all there is. */
  end(): MeterEnd;
  snapshot(): MeterSnapshot;
}
