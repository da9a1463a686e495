import { allocate } from '../core/allocate.ts';
import type { AppliedLimit, Slot, Take } from '../core/limit.ts';
import type { CallOf, ReserveAsk, Reserved } from '../core/limitStore.ts';
import { liveSpan } from '../core/window.ts';
import { reservationOf, type Reservation } from './reservation.ts';

/** What a batch of asks is decided on: the limits and counters as they are stored, and what the batch itself has taken. */
export interface Books {
  /** The key's own, its template's, the same of its parent, its project's, its account's. */
  limitsOf(call: CallOf): readonly AppliedLimit[];
  /** At least those that can count at this time or later. */
  slotsOf(applied: AppliedLimit, nowMs: number): readonly Slot[];
  hold(take: Take): void;
}

/** Decides the asks in order: each sees what those before it took. Refused ones take nothing. */
export function decide(asks: readonly ReserveAsk[], books: Books): Reserved[] {
  return asks.map(({ call, bound, nowMs }) => {
    const counted = books.limitsOf(call).map((applied) => ({ applied, slots: books.slotsOf(applied, nowMs) }));
    const allocation = allocate(bound, counted, nowMs);
    if (!allocation.ok) return { ...allocation, admittedAtMs: nowMs };
    for (const take of allocation.takes) books.hold(take);
    return allocation;
  });
}

/** The reservations of the calls that were granted. */
export function grantedOf(asks: readonly ReserveAsk[], answers: readonly Reserved[], nodeId: string): Reservation[] {
  return asks.flatMap(({ call, bound }, index) => {
    const answer = answers[index];
    return answer?.ok ? [reservationOf(call, bound, answer, nodeId)] : [];
  });
}

/** The earliest slot that can count at this time. */
export function oldestSlot({ limit }: AppliedLimit, nowMs: number): number {
  const { unit, window, sinceMs } = limit;
  if (unit === 'concurrency') return 0;
  return window.kind === 'session' ? Math.max(nowMs - window.windowMs, sinceMs) : liveSpan(limit, [], nowMs).firstMs;
}
