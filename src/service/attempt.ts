import type { KeyRecord } from '../core/authorise.ts';
import type { Caller } from '../core/caller.ts';
import type { Denial } from '../core/denial.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { LimitState, Take } from '../core/limit.ts';
import type { Target } from './directory.ts';

/** What a request asks to reach, by the name its caller used. */
export type Ask =
  | { readonly kind: 'list' }
  | { readonly kind: 'model'; readonly name: string }
  | {
      readonly kind: 'service';
      readonly name: string;
      readonly method: string;
      /** Behind the service's name, as the client asked for it; null or left out: it cannot be told, or not be relied on. */
      readonly path?: string | null;
    };

/** Who asks: the value presented (null: none) and the client's address (null: it could not be told). */
export interface Attempt {
  /** Names the request everywhere: in headers, the log, and the ledger row if it is admitted. */
  readonly id: string;
  /** Route template, for the counts of refusals. */
  readonly route: string;
  readonly value: string | null;
  readonly address: string | null;
  /** Asks without leaving a trace: no use noted, no refusal counted. */
  readonly dryRun?: boolean;
  /** Of a value that `check` has seen: it is hashed once. */
  hash?: string;
  /** The name of the service it is presented to, before more is asked for. */
  readonly service?: string;
  /** Who asks about the key on another's behalf: keys out of its reach are unknown to it. */
  readonly caller?: Caller;
}

/** An admitted request: what settlement and the ledger need to know of it. */
export interface Admitted {
  readonly ok: true;
  readonly id: string;
  readonly record: KeyRecord;
  readonly hash: string;
  readonly ask: Ask;
  /** Null when the ask names no resource. */
  readonly target: Target | null;
  readonly address: string | null;
  readonly startedAtMs: number;
  /** Where its limits stand with this call taken in, and what it took of each, in the same order. */
  readonly limits: readonly LimitState[];
  readonly takes: readonly Take[];
  /** The maximum of output tokens to send it with; null: as it came. */
  readonly outputTokens: number | null;
}

/** An admitted request and, if it was over with that, its ledger row; null: it has yet to be settled, or was a dry run. */
export interface Charged extends Admitted {
  readonly row: LedgerRow | null;
}

/** A refusal, whose key it was if it was anyone's, and where its limits stand if it is they that refuse. */
export type Refused = Denial & { readonly record?: KeyRecord; readonly standing?: Standing };

/** Limits at a moment of the clock that decides about them, which may not be this process's own. */
export interface Standing {
  readonly limits: readonly LimitState[];
  readonly atMs: number;
}
