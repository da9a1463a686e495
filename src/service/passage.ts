import type { Clock } from '../core/ambient.ts';
import { DENIALS, type Denial } from '../core/denial.ts';
import {
  isEventStream,
  type Headers,
  type Meter,
  type UpstreamCall,
  type UpstreamRequest,
  type UpstreamSink,
  type SendUpstream,
} from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { Outcome } from '../core/ledger.ts';
import { NO_USAGE } from '../core/usage.ts';
import type { Admitted } from './attempt.ts';
import type { Call, Calls } from './calls.ts';
import type { Exchange } from './relayExchange.ts';
import type { Result, Settlement } from './settlement.ts';

/** What a relay works with. */
export interface RelayOptions {
  readonly send: SendUpstream;
  readonly calls: Calls;
  readonly settlement: Settlement;
  readonly clock: Clock;
  /** Told when an answer could not be ended, which is a bug, and when one that its client did not wait for could not be recorded. */
  readonly report: (error: unknown) => void;
}

/** Error answers are for people: what is beyond this is cut. */
const ERROR_BODY_BYTES = 64 * 1024;

/**
 * One exchange on its way: takes the upstream's answer, hands it to the client, and ends in exactly one settlement,
 * however it ends and whoever ends it.
 */
export class Passage implements UpstreamSink, Call {
  readonly #options: RelayOptions;
  readonly #exchange: Exchange;
  #call: UpstreamCall | undefined;
  #meter: Meter | undefined;
  #error: { status: number; headers: Headers; parts: Buffer[]; size: number } | undefined;
  #oneDocument = false;
  /** Passed on when the next part comes; of an answer that is no document, in the next turn of the event loop at the latest. */
  #part: Buffer | undefined;
  #status = 0;
  #streamed = false;
  #firstByteMs: number | null = null;
  /** The upstream's answer came to its end in order. */
  #ended = false;
  #over = false;

  constructor(options: RelayOptions, exchange: Exchange) {
    this.#options = options;
    this.#exchange = exchange;
  }

  get admitted(): Admitted {
    return this.#exchange.admitted;
  }

  start(request: UpstreamRequest): void {
    this.#options.calls.enter(this);
    this.#exchange.client.gone(this.#gone);
    if (this.#over) return;
    try {
      this.#call = this.#options.send(request, this);
    } catch (cause) {
      this.#fail(new Fault('internal', 'Something went wrong here. Tell the operator the request id.', { cause }));
    }
  }

  head(status: number, headers: Headers): void {
    if (this.#over) return;
    const { admitted, client } = this.#exchange;
    this.#firstByteMs = Math.max(0, this.#options.clock() - admitted.startedAtMs);
    if (this.#exchange.isError(status)) {
      this.#error = { status, headers, parts: [], size: 0 };
      return;
    }
    const meter = this.#exchange.meter(status, headers);
    if (meter instanceof Fault) return this.#fail(meter);
    this.#status = status;
    this.#meter = meter;
    this.#streamed = isEventStream(headers);
    this.#oneDocument = this.#exchange.isOneDocument(headers);
    client.head(status, headers);
  }

  data(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#error) return this.#keepError(this.#error, chunk);
    let bytes: Buffer;
    try {
      bytes = this.#metered().push(chunk);
    } catch (reason) {
      return this.#fail(reason instanceof Fault ? reason : badAnswer('could not be read', reason));
    }
    if (bytes.length === 0) return;
    if (this.#streamed) return this.#write(bytes);
    const before = this.#part;
    this.#part = bytes;
    if (before) this.#write(before);
    else if (!this.#oneDocument) setImmediate(this.#passPart);
  }

  readonly #passPart = (): void => {
    const part = this.#part;
    if (this.#over || !part) return;
    this.#part = undefined;
    this.#write(part);
  };

  end(): void {
    if (this.#over) return;
    const { client } = this.#exchange;
    const error = this.#error;
    if (error) {
      const answer = this.#exchange.errorAnswer(error.status, error.headers, Buffer.concat(error.parts));
      return this.#finish('upstream_failed', answer.status, () => client.answer(answer));
    }
    this.#ended = true;
    const { held, failed, complete, usage } = this.#metered().end();
    // Some upstreams leave out the mark at the end of a stream; then its usage says that it is whole.
    const whole = failed || complete || (this.#streamed && usage !== null);
    if (!whole) return this.#fail(badAnswer('is not whole'));
    const last = this.#part ? Buffer.concat([this.#part, held]) : held;
    this.#finish(failed ? 'upstream_failed' : 'answered', this.#status, () => client.end(last));
  }

  fail(fault: Fault): void {
    this.#fail(fault);
  }

  /** Tells the client before the call is settled: it waits for nothing, since what it has is not whole. */
  cut(reason: Denial | Fault): void {
    if (this.#over) return;
    const { client } = this.#exchange;
    this.#call?.abort();
    const isFault = reason instanceof Fault;
    const status = client.started ? this.#status : isFault ? reason.status : DENIALS[reason.code].status;
    client.fail(reason);
    this.#finish(isFault ? 'aborted' : 'cut', status, nothing);
  }

  readonly #gone = (): void => {
    if (this.#over) return;
    this.#call?.abort();
    this.#finish('aborted', 499, nothing);
  };

  #fail(fault: Fault): void {
    if (this.#over) return;
    const { client } = this.#exchange;
    this.#call?.abort();
    this.#finish('upstream_failed', client.started ? this.#status : fault.status, () => client.fail(fault));
  }

  #metered(): Meter {
    if (!this.#meter) throw new Error('an answer without a head');
    return this.#meter;
  }

  #keepError(error: { parts: Buffer[]; size: number }, chunk: Buffer): void {
    error.parts.push(chunk.subarray(0, ERROR_BODY_BYTES - error.size));
    error.size += chunk.length;
    if (error.size < ERROR_BODY_BYTES) return;
    this.#call?.abort();
    this.end();
  }

  #write(bytes: Buffer): void {
    if (this.#exchange.client.write(bytes)) return;
    this.#call?.pause();
    this.#exchange.client.drained(this.#resume);
  }

  readonly #resume = (): void => this.#call?.resume();

  /** Settles once, then lets the client have the end of its answer. */
  #finish(outcome: Outcome, status: number, release: () => void): void {
    this.#over = true;
    const { admitted, client } = this.#exchange;
    const { report, settlement, calls } = this.#options;
    const result = this.#result(outcome, status);
    settlement.settle(admitted, result).then(
      (row) => {
        calls.leave(this);
        try {
          client.settled(row);
          release();
        } catch (error) {
          client.destroy();
          report(error);
        }
      },
      (cause: unknown) => {
        calls.leave(this);
        const fault = notRecorded(admitted, result, cause);
        if (release === nothing) report(fault);
        else client.fail(fault);
      },
    );
  }

  #result(outcome: Outcome, status: number): Result {
    const base = {
      route: this.#exchange.route,
      outcome,
      status,
      streamed: this.#streamed,
      firstByteMs: this.#firstByteMs,
    };
    const { billing } = this.#exchange;
    const seen = billing === 'free' ? undefined : this.#meter?.snapshot();
    if (!seen) return { ...base, usage: NO_USAGE, usageSource: 'none' };
    if (outcome === 'upstream_failed') {
      // Broken off, a plain answer is of no use to anybody; of a stream, what was shown has been used.
      const delivered = this.#streamed
        ? seen.usage !== null || seen.observed.outputBytes > 0
        : seen.usage !== null && seen.complete && this.#ended;
      if (!delivered) return { ...base, usage: NO_USAGE, usageSource: 'none' };
    }
    if (seen.usage) return { ...base, usage: seen.usage, usageSource: 'reported' };
    if (billing === 'reported') return { ...base, usage: NO_USAGE, usageSource: 'none', costNano: null };
    return { ...base, usage: this.#exchange.estimate(seen.observed), usageSource: 'estimated' };
  }
}

function nothing(): void {
  // The client has left, or has been told.
}

function badAnswer(what: string, cause?: unknown): Fault {
  return new Fault('upstream_bad_answer', `The answer of this model’s provider ${what}. Try again.`, { cause });
}

/** The log is then the only place that says what was used. */
function notRecorded({ id }: Admitted, { outcome, usage, usageSource }: Result, cause: unknown): Fault {
  const { inputTokens, cachedTokens, cacheWriteTokens, outputTokens } = usage;
  const counts = [inputTokens, cachedTokens, cacheWriteTokens, outputTokens].join('/');
  return new Fault('store_unavailable', 'The answer could not be recorded, so it is not given. Try again.', {
    cause,
    private: `request ${id} is not in the ledger: ${outcome}, tokens ${counts} (input/cached/written/output), ${usageSource}: ${String(cause)}`,
  });
}
