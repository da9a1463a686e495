/** Who calls the management API. `id`: `root`, or the management key's; recorded as the creator of what it makes. */
export type Caller = { readonly kind: 'root' | 'key'; readonly id: string } & Reach;

/** How far a caller reaches: the platform's operator everywhere; others into one account, or into one project of it. */
export type Reach =
  | { readonly accountId: null; readonly projectId: null }
  | { readonly accountId: string; readonly projectId: string | null };

/** Something that lies in an account, or in one project of it. */
export interface Place {
  readonly accountId: string;
  readonly projectId: string | null;
}

export function isOperator(caller: Caller): boolean {
  return caller.accountId === null;
}

/** Whether a caller may see and change what lies at a place. What it may not reach, it may not know: answer 404. */
export function reaches(caller: Caller, place: Place): boolean {
  if (caller.accountId === null) return true;
  if (caller.accountId !== place.accountId) return false;
  return caller.projectId === null || caller.projectId === place.projectId;
}
