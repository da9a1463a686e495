import type { FieldError } from './fault.ts';
import type { Key } from './key.ts';
import { liesWithin } from './network.ts';

/** How long, and from where, a key can be used. */
export type Bounds = Pick<Key, 'expiresAtMs' | 'ipAllow' | 'ipDeny'>;

/** In which fields `bounds` allow more than `outer` do; empty: in none. Lists are canonical. */
export function excessOf(bounds: Bounds, outer: Bounds): (keyof Bounds)[] {
  const { expiresAtMs: ends, ipAllow, ipDeny } = bounds;
  const excess: (keyof Bounds)[] = [];
  if (outer.expiresAtMs !== null && (ends === null || ends > outer.expiresAtMs)) excess.push('expiresAtMs');
  // An empty list allows every address, and lies within any other only by its letter.
  if (outer.ipAllow.length > 0 && (ipAllow.length === 0 || !liesWithin(ipAllow, outer.ipAllow))) excess.push('ipAllow');
  if (!liesWithin(outer.ipDeny, ipDeny)) excess.push('ipDeny');
  return excess;
}

/** What to say of fields that would let a management key do more than the one that sets them. */
export function excessErrors(excess: readonly (keyof Bounds)[]): FieldError[] {
  return excess.map((field) => EXCESS[field]);
}

const EXCESS: Record<keyof Bounds, FieldError> = {
  expiresAtMs: {
    pointer: '/expiresAt',
    detail:
      'The management key that calls may not give another, or itself, a later end than its own. Choose an earlier one.',
  },
  ipAllow: {
    pointer: '/ipAllow',
    detail:
      'The management key that calls may not open another, or itself, to addresses it may not be used from. Name addresses within its own list.',
  },
  ipDeny: {
    pointer: '/ipDeny',
    detail:
      'The management key that calls may not lift a denial of addresses that binds it. Keep every entry of its own list.',
  },
};
