import type { Clock } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { Fault, notFound, type FieldError } from '../core/fault.ts';
import type { LimitStore, AbandonedCall, Adjustment } from '../core/limitStore.ts';
import { faulty } from './keys.ts';

/** What the operator decides about a call whose end nobody saw. What is left out stays as it is charged. */
export interface Decision {
  readonly tokens?: number;
  readonly costNano?: bigint;
  readonly note: string;
}

/** An abandoned call, and what was decided about it. */
export interface DecidedCall {
  readonly call: AbandonedCall;
  readonly adjustment: Adjustment | null;
}

/**
 * Calls whose node died before they were settled. They stay charged at what was reserved for them, the most they can
 * have used, until the operator decides: once, with a note, and never for more than was reserved.
 */
export interface Abandoned {
  /** Those that nobody has decided about. `accountId` null: of all accounts. */
  list(accountId: string | null, most: number): Promise<DecidedCall[]>;
  waive(caller: Caller, requestId: string, note: string): Promise<DecidedCall>;
  adjust(caller: Caller, requestId: string, decision: Decision): Promise<DecidedCall>;
  /** What was decided about these requests, by id. */
  adjustmentsOf(requestIds: readonly string[]): Promise<ReadonlyMap<string, Adjustment>>;
}

export function createAbandoned(options: { limits: LimitStore; clock: Clock }): Abandoned {
  const { limits, clock } = options;

  async function decide(caller: Caller, requestId: string, decision: Decision): Promise<DecidedCall> {
    const call = await limits.getAbandoned(requestId);
    if (!call) throw notFound('abandoned request', requestId);
    if ((await limits.adjustments([requestId])).length > 0) throw decidedBefore();
    const { chargedTokens, chargedCostNano } = call.row;
    const { tokens = chargedTokens, costNano = chargedCostNano ?? 0n, note } = decision;
    const errors: FieldError[] = [];
    // Limits were promised never to be passed: room for more than was reserved may be gone.
    if (tokens > chargedTokens) errors.push({ pointer: '/tokens', detail: atMost(`${chargedTokens} tokens`) });
    if (costNano > (chargedCostNano ?? 0n)) errors.push({ pointer: '/cost', detail: atMost('this cost') });
    if (errors.length > 0) throw faulty(errors);
    const adjustment: Adjustment = {
      requestId,
      chargedTokens: tokens,
      chargedCostNano: costNano,
      note,
      by: caller.id,
      atMs: clock(),
    };
    if (!(await limits.adjust(adjustment))) throw decidedBefore();
    return { call, adjustment };
  }

  return {
    async list(accountId, most) {
      return (await limits.abandoned(accountId, most)).map((call) => ({ call, adjustment: null }));
    },
    waive: (caller, requestId, note) => decide(caller, requestId, { tokens: 0, costNano: 0n, note }),
    adjust: decide,
    async adjustmentsOf(requestIds) {
      if (requestIds.length === 0) return new Map();
      return new Map((await limits.adjustments(requestIds)).map((one) => [one.requestId, one]));
    },
  };
}

function decidedBefore(): Fault {
  return new Fault(
    'conflict',
    'This request has been decided about before. `GET /requests` shows how, by whom and why.',
  );
}

function atMost(charged: string): string {
  return `Not more than ${charged} can be charged: the call was admitted for that.`;
}
