import { createHash } from 'node:crypto';
import { Fault } from '../core/fault.ts';
import type { Replay } from '../core/replay.ts';

/** How long a creation is remembered. */
const REPLAY_MS = 86_400_000;

/**
 * Remembers what was asked, never what was answered: the plaintext is not part of it. `owner` is who asked and where, so
 * that a token means nothing to anybody else.
 */
export function replayOf(owner: string, draft: object, token: string, nowMs: number): Replay {
  return {
    owner,
    token,
    fingerprint: createHash('sha256').update(canonicalJson(draft)).digest('base64url'),
    createdAtMs: nowMs,
    forgetBeforeMs: nowMs - REPLAY_MS,
  };
}

/** What is said where a token comes again with something else. */
export function mismatch(): Fault {
  return new Fault(
    'idempotency_mismatch',
    'This Idempotency-Key was used for another creation in the last 24 hours. Use a new one.',
  );
}

/** JSON with the members of objects in one order, so that the same request has one fingerprint however it was written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member === 'bigint') return String(member);
    return member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member;
  });
}
