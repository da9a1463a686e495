import type { Denial } from '../core/denial.ts';
import { Fault } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import type { Admission } from './admission.ts';
import type { Admitted } from './attempt.ts';
import type { Keyring } from './keyring.ts';

/** A call under way. */
export interface Call {
  readonly admitted: Admitted;
  /** Ends it now: its key may no longer make it, or nobody can tell any more whether it may. */
  cut(reason: Denial | Fault): void;
}

/**
 * The calls under way, so that one whose key dies is cut: at once when the change was made on this node, and at the
 * next sweep (every `SWEEP_MS`) when the key expired meanwhile or another node changed it. One whose key cannot be read
 * for `UNREAD_MS` is cut too: its key may be long dead.
 */
export interface Calls {
  enter(call: Call): void;
  /** The call has ended and is settled. */
  leave(call: Call): void;
  /** Reviews every call under way. */
  sweep(): void;
  /** Ends them all: this process no longer answers for them. */
  cutAll(): void;
  readonly size: number;
  /** Resolves when none is left. */
  idle(): Promise<void>;
}

/** With the keyring's own bound this keeps the time to a cut under one second. */
export const SWEEP_MS = 250;
/** How long a call may go on after the first time that its key could not be read. */
const UNREAD_MS = 1000;

export function createCalls(options: {
  admission: Pick<Admission, 'review'>;
  keyring: Pick<Keyring, 'onEvict'>;
}): Calls {
  // Not a Set: as calls come and go V8 copies it over and over, and each outdated copy keeps the next one, and the calls
  // that were in it, from the young collector until the next full one (measured: 10 of every 100 ms under full load).
  const calls: Call[] = [];
  /** Sweeps since each call's key was last read. Counted, not timed: after a pause of the process nothing has been tried yet. */
  const unread = new Map<Call, number>();
  let idlers: (() => void)[] = [];

  function review(call: Call): void {
    const decision = options.admission.review(call.admitted);
    if (!(decision instanceof Promise)) return judge(call, decision);
    decision.then((denial) => judge(call, denial)).catch(() => undefined);
  }

  function judge(call: Call, denial: Denial | undefined): void {
    unread.delete(call);
    if (denial && calls.includes(call)) call.cut(denial);
  }

  function sweep(call: Call): void {
    const times = unread.get(call) ?? 0;
    if (times >= UNREAD_MS / SWEEP_MS) return call.cut(untold('its key cannot be read'));
    unread.set(call, times + 1);
    review(call);
  }

  options.keyring.onEvict((keyId) => {
    for (const call of calls.slice()) if (keyId === undefined || hangsOn(call.admitted.record.key, keyId)) review(call);
  });

  return {
    enter: (call) => void calls.push(call),
    leave(call) {
      unread.delete(call);
      // Most calls are short, so it is near the end.
      const at = calls.lastIndexOf(call);
      const last = at === -1 ? undefined : calls.pop();
      if (last && last !== call) calls[at] = last;
      if (calls.length > 0) return;
      for (const done of idlers) done();
      idlers = [];
    },
    sweep() {
      for (const call of calls.slice()) sweep(call);
    },
    cutAll() {
      for (const call of calls.slice()) call.cut(untold('this node has lost its lease'));
    },
    get size() {
      return calls.length;
    },
    idle() {
      return calls.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve));
    },
  };
}

/** Whether it is the key's own call, or one of a temporary key made from it. */
function hangsOn({ id, parentKeyId }: Pick<Key, 'id' | 'parentKeyId'>, keyId: string): boolean {
  return id === keyId || parentKeyId === keyId;
}

function untold(why: string): Fault {
  return new Fault('store_unavailable', 'The store could not be reached, so this answer was broken off. Try again.', {
    private: `a call was cut: ${why}`,
  });
}
