import type { Denial } from '../core/denial.ts';
import type { Headers, Meter, Observed } from '../core/exchange.ts';
import type { Fault } from '../core/fault.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { TokenUsage } from '../core/usage.ts';
import type { Admitted } from './attempt.ts';

/** The client's side of an answer, in the words of its door. */
export interface Client {
  /** Whether something of the answer has left: from then on it can only be broken off, no longer replaced. */
  readonly started: boolean;
  head(status: number, headers: Headers): void;
  /** False: the client is slower than the upstream; wait for `drained`. */
  write(bytes: Buffer): boolean;
  drained(listener: () => void): void;
  /** Calls back if the client leaves before the end; at once if it has left. */
  gone(listener: () => void): void;
  end(bytes: Buffer): void;
  /** The call has its ledger row. Told before `end`, `answer` and `fail`, if it could be written. */
  settled(row: LedgerRow): void;
  /** An answer that takes the place of the upstream's error. */
  answer(error: ErrorAnswer): void;
  /** Ends the answer badly: as an answer of its own before it has started, as last words and a broken connection after it. */
  fail(reason: Denial | Fault): void;
  /** Breaks the connection. */
  destroy(): void;
}

/** What the client gets for an upstream's error. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/**
 * How a call is charged. `tokens`: by the upstream's report, or else by our estimate. `reported`: by the report, and of
 * unknown cost without one (images, speech: what they use cannot be told from outside). `free`: never.
 */
export type Billing = 'tokens' | 'reported' | 'free';

/** One admitted request on its way. */
export interface Exchange {
  readonly admitted: Admitted;
  readonly route: string;
  readonly client: Client;
  readonly billing: Billing;
  /** Makes the meter once the answer's head is known; a Fault refuses the answer as it is. */
  meter(status: number, headers: Headers): Meter | Fault;
  /** Whether an answer with this status is an error of the upstream, to be answered in the route's shape. */
  isError(status: number): boolean;
  /** What the client gets for it; `body` is bounded. */
  errorAnswer(status: number, headers: Headers, body: Buffer): ErrorAnswer;
  /**
   * Whether parts of an answer are of no use before its end. Such an answer is passed on one part late, so that a small
   * one leaves whole, in one piece, and another can take its place if its upstream breaks off.
   */
  isOneDocument(headers: Headers): boolean;
  /** Tokens where the upstream reported none. */
  estimate(observed: Observed): TokenUsage;
}
