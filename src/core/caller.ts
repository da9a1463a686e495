import type { HeldMembership } from './member.ts';

/**
 * Who calls the management API. `id` is recorded as the creator of what the caller makes. Only keys have one place that
 * they reach, so `accountId` cannot be asked of a person: null there means everywhere, and people may have several.
 */
export type Caller = KeyCaller | Person;

/** `id`: `root`, or the management key's; `secretId`: of the value it showed. */
export type KeyCaller = { readonly kind: 'root' | 'key'; readonly id: string; readonly secretId?: string } & Reach;

/** A user. Reaches what the memberships say, or everything as the platform's operator. */
export interface Person {
  readonly kind: 'person';
  readonly id: string;
  readonly isOperator: boolean;
  readonly memberships: readonly HeldMembership[];
}

/** How far a key reaches: the platform's operator everywhere; others into one account, or into one project of it. */
export type Reach =
  | { readonly accountId: null; readonly projectId: null }
  | { readonly accountId: string; readonly projectId: string | null };

/** Something that lies in an account, or in one project of it. */
export interface Place {
  readonly accountId: string;
  readonly projectId: string | null;
}

export function isOperator(caller: Caller): boolean {
  return caller.kind === 'person' ? caller.isOperator : caller.accountId === null;
}

/**
 * Whether what lies at a place is within the caller's reach at all; what may be done there is `decide`'s to say
 * (core/role.ts). What it may not reach, it may not know: answer 404.
 */
export function reaches(caller: Caller, place: Place): boolean {
  if (isOperator(caller)) return true;
  return reachOf(caller).some(
    ({ accountId, projectId }) =>
      accountId === place.accountId && (projectId === null || projectId === place.projectId),
  );
}

/** Whether the caller belongs to an account in any way, so that it may know what all of the account share. */
export function belongsTo(caller: Caller, accountId: string): boolean {
  if (isOperator(caller)) return true;
  const places = caller.kind === 'person' ? caller.memberships : [caller];
  return places.some((place) => place.accountId === accountId);
}

/**
 * The places a caller reaches, unless it is the operator, who reaches all: whole accounts, and single projects of
 * others. The plain member of an account reaches none of it but the projects they are a member of.
 */
export function reachOf(caller: Caller): Place[] {
  if (caller.kind !== 'person') {
    return caller.accountId === null ? [] : [{ accountId: caller.accountId, projectId: caller.projectId }];
  }
  const whole = caller.memberships.filter(({ projectId, role }) => projectId === null && role !== 'member');
  const single = caller.memberships.filter(
    ({ projectId, accountId }) => projectId !== null && !whole.some((one) => one.accountId === accountId),
  );
  return [...whole, ...single].map(({ accountId, projectId }) => ({ accountId, projectId }));
}
