/**
 * Reads usage off an answer while it passes, and says which of its bytes may go to the client now and which must wait
 * until the answer is settled: the client must never have seen a complete answer that is not in the ledger.
 */
import type { Meter, MeterEnd, MeterSnapshot } from '../core/exchange.ts';
import { watchedFor } from './credentialMeter.ts';
import { JsonMeter } from './jsonMeter.ts';
import { LastByte } from './lastByte.ts';
import { SseMeter } from './sseMeter.ts';
import type { MeterProtocol } from './usage.ts';

export interface MeterOptions {
  readonly protocol: MeterProtocol;
  /** The answer is a stream of events: its content type is text/event-stream, whatever the client had asked for. */
  readonly streaming: boolean;
  /** Drop the chunk that carries only usage: the gateway asked for it, the client had not. */
  readonly hideUsage: boolean;
  /** The provider's, which no answer may show; left out: there is none. */
  readonly credential?: string | null;
}

/** The meter for one answer. */
export function createMeter(options: MeterOptions): Meter {
  return watchedFor(options.credential ?? null, meterOf(options));
}

function meterOf(options: MeterOptions): Meter {
  if (options.protocol === 'opaque') return new OpaqueMeter(options.streaming);
  return options.streaming ? new SseMeter(options.protocol, options.hideUsage) : new JsonMeter(options.protocol);
}

/**
 * Any other answer. The last byte waits; in a stream nothing does, because an event without its last byte would reach
 * the client one event late: there the end of the body itself is what the caller holds back.
 */
class OpaqueMeter implements Meter {
  readonly #tail = new LastByte();
  readonly #streaming: boolean;
  #bodyBytes = 0;

  constructor(streaming: boolean) {
    this.#streaming = streaming;
  }

  push(chunk: Buffer): Buffer {
    this.#bodyBytes += chunk.length;
    return this.#streaming ? chunk : this.#tail.push(chunk);
  }

  end(): MeterEnd {
    return { ...this.snapshot(), complete: true, held: this.#tail.held };
  }

  snapshot(): MeterSnapshot {
    return {
      usage: null,
      observed: { outputBytes: 0, bodyBytes: this.#bodyBytes, partialUsage: null },
      complete: false,
      failed: false,
    };
  }
}
