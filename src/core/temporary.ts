import type { FieldError } from './fault.ts';
import type { Key, ParentKey } from './key.ts';
import { accessTo, type Scope } from './scope.ts';

/*
 * Temporary keys. A standard key makes them, or somebody who may change it, for a while; what they open is decided with
 * their parent as it is at that moment (core/authorise.ts), and their calls count toward its limits. So nothing that is
 * done to a parent has to be done to them too, and nobody gains anything by making one.
 */

/** How long a temporary key lives. */
export const SHORTEST_LIFE_MS = 60_000;
export const LONGEST_LIFE_MS = 30 * 24 * 60 * 60_000;

/** Most temporary keys of one parent that have not ended, disabled ones included: what runs wild ends somewhere. */
export const MOST_TEMPORARY = 1_000;

/** How long an ended one can still be listed. Its calls stay in the ledger for good. */
export const LISTED_AFTER_MS = 30 * 24 * 60 * 60_000;

/** The latest end a temporary key can have: 30 days after it was made, and never after its parent. */
export function latestEnd({ createdAtMs }: Pick<Key, 'createdAtMs'>, parent: Pick<Key, 'expiresAtMs'>): number {
  return Math.min(createdAtMs + LONGEST_LIFE_MS, parent.expiresAtMs ?? Infinity);
}

/** Where a scope names more than the parent's opens now. `all` is all that the parent opens, whatever that becomes. */
export function beyondParent(scope: Scope, parent: Pick<ParentKey, 'scope'>): FieldError[] {
  if (scope.mode === 'all') return [];
  return scope.resources.flatMap((resource, index): FieldError[] => {
    const most = accessTo(parent.scope, resource);
    const at = `/scope/resources/${index}`;
    const name = `${resource.type} ${resource.id}`;
    if (most === undefined)
      return [{ pointer: at, detail: `The key it is made from does not open ${name}. Leave it out.` }];
    if (most === 'read' && resource.access !== 'read')
      return [{ pointer: `${at}/access`, detail: `The key it is made from may only read from ${name}. Say \`read\`.` }];
    return [];
  });
}
