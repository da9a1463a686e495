import { isOperator, type Caller } from '../core/caller.ts';
import { excessErrors, excessOf, type Bounds } from '../core/delegation.ts';
import { Fault, type FieldError } from '../core/fault.ts';
import type { Key, KeyChange } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';

/**
 * What a management key may do to management keys, so that one in the wrong hands cannot outlive or outgrow what it was
 * given: it makes none that lasts longer or opens to more addresses, and of itself and of those that reach as far as it
 * does it changes nothing, except to narrow or disable them. The operator is free. Throws Fault `forbidden`.
 */
export interface Delegation {
  making(caller: Caller, key: Bounds & Pick<Key, 'class'>): Promise<void>;
  changing(caller: Caller, key: Key, change: KeyChange): Promise<void>;
  /** Whoever gives a key a new value, or sees its value, has that key. Of itself a key has it anyway. */
  replacing(caller: Caller, key: Key): Promise<void>;
}

export function createDelegation({ keys }: { keys: Pick<KeyStore, 'get'> }): Delegation {
  async function own(caller: Caller): Promise<Bounds> {
    const key = await keys.get(caller.id);
    if (!key) throw new Fault('forbidden', 'The key that calls does not exist any more.');
    return key;
  }

  return {
    async making(caller, key) {
      if (caller.kind !== 'key' || isOperator(caller) || key.class !== 'management') return;
      refuse(excessErrors(excessOf(key, await own(caller))));
    },
    async changing(caller, key, change) {
      if (caller.kind !== 'key' || isOperator(caller) || key.class !== 'management') return;
      const after = { ...key, ...change };
      const isWider = new Set(excessOf(after, key));
      if (caller.projectId === null && key.projectId !== null) {
        const isBeyond = excessOf(after, await own(caller));
        return refuse(excessErrors(isBeyond.filter((field) => isWider.has(field) || change.status === 'active')));
      }
      refuse([
        ...excessErrors([...isWider]),
        ...Object.keys(change)
          .filter((field) => !NARROWING.has(field) && !(field === 'status' && change.status === 'disabled'))
          .map((field) => ({ pointer: `/${field}`, detail: PEER })),
      ]);
    },
    async replacing(caller, key) {
      if (caller.kind !== 'key' || isOperator(caller) || key.class !== 'management' || key.id === caller.id) return;
      const isBelow = caller.projectId === null && key.projectId !== null;
      refuse(isBelow ? excessErrors(excessOf(key, await own(caller))) : [{ pointer: '', detail: PEER }]);
    },
  };
}

/** Fields in which a change can make less of a key. */
const NARROWING = new Set<string>(['expiresAtMs', 'ipAllow', 'ipDeny'] satisfies (keyof Bounds)[]);

const PEER =
  'A management key changes neither itself nor one that reaches as far as it does, except to narrow or disable it. Use one that reaches further.';

function refuse(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (!first) return;
  const message =
    errors.length === 1 ? first.detail : `${errors.length} fields are refused to this key; \`errors\` names each.`;
  throw new Fault('forbidden', message, { errors });
}
