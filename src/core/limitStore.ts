import type { Allocation, Bound } from './allocate.ts';
import type { LedgerRow } from './ledger.ts';
import type { Limit, LimitState, SubjectType } from './limit.ts';

/** What is known of a call when it is admitted: the part of its ledger row that does not depend on how it ends. */
export type OpenCall = Pick<
  LedgerRow,
  | 'id'
  | 'accountId'
  | 'projectId'
  | 'keyId'
  | 'parentKeyId'
  | 'route'
  | 'resourceType'
  | 'resourceId'
  | 'resourceName'
  | 'providerId'
  | 'prices'
  | 'address'
  | 'streamed'
>;

/** Whose limits a call counts toward: its key's, of a temporary key its parent's, and their project's and account's. */
export type CallOf = Pick<OpenCall, 'accountId' | 'projectId' | 'keyId' | 'parentKeyId'>;

/** One call that asks for room. */
export interface ReserveAsk {
  readonly call: OpenCall;
  readonly bound: Bound;
  /** The asking node's time. Engines shared by nodes use the database's own instead. */
  readonly nowMs: number;
}

/** A call that is over when it is admitted: asked for together with the ledger row it leaves, whose `startedAtMs` is set then. */
export interface ChargeAsk extends ReserveAsk {
  readonly row: LedgerRow;
}

/** `admittedAtMs` is the time the call counts at: the `startedAtMs` of its ledger row. */
export type Reserved = { readonly admittedAtMs: number } & Allocation;

/** A finished call: its ledger row, to be written in exchange for its reservation. */
export interface Settling {
  readonly row: LedgerRow;
}

/** A call whose node died or lost touch before it settled: charged at its reservation until someone decides otherwise. */
export interface AbandonedCall {
  readonly row: LedgerRow;
  readonly abandonedAtMs: number;
}

/** A difference between a counter and what ledger and open reservations say. */
export interface CounterDifference {
  readonly subjectId: string;
  readonly limitId: string;
  readonly slotMs: number;
  readonly stored: { readonly settled: bigint; readonly reserved: bigint };
  readonly derived: { readonly settled: bigint; readonly reserved: bigint };
}

export interface SubjectRef {
  readonly type: SubjectType | 'template';
  readonly id: string;
}

/** A limit as it is stored. */
export interface StoredLimit extends Limit {
  readonly accountId: string;
  readonly subject: SubjectRef;
  readonly createdAtMs: number;
}

/** A stored limit as it counts for one subject, and where it stands there. */
export interface StandingLimit {
  readonly limit: StoredLimit;
  readonly state: LimitState;
}

/** A named set of limits that many keys refer to. */
export interface LimitTemplate {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly createdAtMs: number;
}

/** Correction of what a call was charged, with its reason; the ledger row itself stays. */
export interface Adjustment {
  readonly requestId: string;
  /** The new charges; what the counters held before is replaced by them. */
  readonly chargedTokens: number;
  readonly chargedCostNano: bigint;
  readonly note: string;
  readonly by: string;
  readonly atMs: number;
}

/** An answer, or a promise of one that comes later than those it was asked with. */
export type Soon<T> = T | Promise<T>;

/**
 * Limits, their counters, and the reservations of calls under way. Everything that decides and everything that counts is
 * one transaction, so that for every limit and every moment settled + reserved <= amount, on any number of nodes.
 */
export interface LimitStore {
  /**
   * Decides each ask in order with `allocate`, against the limits as they are stored now, and writes the takes and the
   * reservations of those granted. Refused asks change nothing. A call no limit applies to is granted and reserved too.
   */
  reserve(asks: readonly ReserveAsk[]): Promise<Reserved[]>;
  /**
   * `reserve` and `settle` in one step, for calls that nothing happens between: a call that is granted is in the ledger
   * and durable when this returns, and charged as `settle` does; one that is refused leaves nothing.
   */
  charge(asks: readonly ChargeAsk[]): Promise<Reserved[]>;
  /** As `reserve`, one by one: who has to wait, because somebody is changing their limits, keeps nobody else waiting. */
  reserveEach(asks: readonly ReserveAsk[]): Promise<Soon<Reserved>[]>;
  /** As `charge`, one by one. */
  chargeEach(asks: readonly ChargeAsk[]): Promise<Soon<Reserved>[]>;
  /**
   * Writes ledger rows and moves their charges from reserved to settled; durable when it returns. Each row counts once,
   * however often it is handed over. A row is charged its `chargedTokens` and `chargedCostNano` up to what was reserved,
   * and beyond that as far as every limit that counts it has room. A row without a reservation (it was abandoned
   * meanwhile) replaces what was charged for it.
   */
  settle(rows: readonly Settling[]): Promise<void>;
  /** As `settle`, one by one. */
  settleEach(rows: readonly Settling[]): Promise<Soon<unknown>[]>;
  /**
   * Gives back what was reserved for calls that were never sent, also by a `reserve` whose answer was lost and which may
   * still be under way. Ids without a reservation are passed over.
   */
  release(ids: readonly string[]): Promise<void>;
  /** Decides without writing anything. `atMs`: as of that time instead of now, on every engine. */
  probe(ask: ReserveAsk, atMs?: number): Promise<Reserved>;
  /** The limits that apply to calls of a key (its own, its template's, the same of its parent, its project's, its account's) and where they stand; `atMs` as in `probe`. */
  statesOf(call: CallOf, nowMs: number, atMs?: number): Promise<LimitState[]>;
  /** Where the limits of one subject stand, for each key in the case of a template with `keyId`. */
  appliedTo(subject: SubjectRef, nowMs: number): Promise<LimitState[]>;
  /** By key: its own limits and its template's, and where they stand. In as many reads for many keys as for one. */
  ofKeys(keyIds: readonly string[], nowMs: number): Promise<Map<string, StandingLimit[]>>;

  /** Throws Fault `conflict` when the subject has a limit of the same unit and window. See `KeyStore.create` for those made with a key. */
  create(limit: StoredLimit): Promise<void>;
  get(id: string): Promise<StoredLimit | undefined>;
  list(subject: SubjectRef): Promise<StoredLimit[]>;
  /** Only the amount can change; another unit or window is another limit. */
  setAmount(id: string, amount: bigint): Promise<StoredLimit | undefined>;
  remove(id: string): Promise<boolean>;
  /** Starts counting anew from `nowMs`; a template's limit for every key that refers to it. */
  reset(id: string, nowMs: number): Promise<StoredLimit | undefined>;
  /** Starts counting anew, for this key alone, all limits of its own and of its template. */
  resetKey(keyId: string, nowMs: number): Promise<void>;

  /** Throws Fault `conflict` when its account has `MOST_TEMPLATES`. */
  createTemplate(template: LimitTemplate, limits: readonly StoredLimit[]): Promise<void>;
  getTemplate(id: string): Promise<LimitTemplate | undefined>;
  listTemplates(accountId: string): Promise<LimitTemplate[]>;
  /** How many keys that are not deleted refer to each of some templates. */
  countTemplateKeys(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  renameTemplate(id: string, name: string): Promise<LimitTemplate | undefined>;
  /** With its limits. Throws Fault `conflict`, saying how many, while keys that are not deleted refer to it (`Key.limitTemplateId`). */
  removeTemplate(id: string): Promise<boolean>;

  /** Says that this node lives until `untilMs` from now on (database time where shared). */
  renewLease(nodeId: string, forMs: number): Promise<void>;
  /** Turns reservations of nodes that do not live any more into abandoned ledger rows; returns how many. */
  abandonLost(nowMs: number): Promise<number>;
  /** Abandoned calls that nobody has decided about. */
  abandoned(accountId: string | null, limit: number): Promise<AbandonedCall[]>;
  /** An abandoned call, decided about or not. */
  getAbandoned(requestId: string): Promise<AbandonedCall | undefined>;
  /** Corrects the charge of an abandoned call, once: false when somebody has decided about it before, or it is none. */
  adjust(adjustment: Adjustment): Promise<boolean>;
  /** The corrections of these requests' charges. */
  adjustments(requestIds: readonly string[]): Promise<Adjustment[]>;

  /** Compares every counter with ledger, adjustments and open reservations; `repair` writes the derived values. */
  verify(options: { readonly repair: boolean; readonly nowMs: number }): Promise<CounterDifference[]>;
}
