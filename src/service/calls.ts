import type { Denial } from '../core/denial.ts';
import type { Admission, Admitted } from './admission.ts';
import type { Keyring } from './keyring.ts';

/** A call under way. */
export interface Call {
  readonly admitted: Admitted;
  /** Ends it now: its key may no longer make it. */
  cut(denial: Denial): void;
}

/**
 * The calls under way, so that one whose key dies is cut: at once when the change was made on this node, and at the
 * next sweep (every `SWEEP_MS`) when the key expired meanwhile or another node changed it.
 */
export interface Calls {
  enter(call: Call): void;
  /** The call has ended and is settled. */
  leave(call: Call): void;
  /** Reviews every call under way. */
  sweep(): void;
  readonly size: number;
  /** Resolves when none is left. */
  idle(): Promise<void>;
}

/** With the keyring's own bound this keeps the time to a cut under one second. */
export const SWEEP_MS = 250;

export function createCalls(options: {
  admission: Pick<Admission, 'review'>;
  keyring: Pick<Keyring, 'onEvict'>;
}): Calls {
  // Not a Set: as calls come and go V8 copies it over and over, and each outdated copy keeps the next one, and the calls
  // that were in it, from the young collector until the next full one (measured: 10 of every 100 ms under full load).
  const calls: Call[] = [];
  let idlers: (() => void)[] = [];

  function review(call: Call): void {
    const decision = options.admission.review(call.admitted);
    if (!(decision instanceof Promise)) return judge(call, decision);
    // A store that cannot be read decides nothing here: the key was good when the call began, and the next sweep asks again.
    decision.then((denial) => judge(call, denial)).catch(() => undefined);
  }

  function judge(call: Call, denial: Denial | undefined): void {
    if (denial && calls.includes(call)) call.cut(denial);
  }

  options.keyring.onEvict((keyId) => {
    for (const call of calls.slice()) if (keyId === undefined || call.admitted.record.key.id === keyId) review(call);
  });

  return {
    enter: (call) => void calls.push(call),
    leave(call) {
      // Most calls are short, so it is near the end.
      const at = calls.lastIndexOf(call);
      const last = at === -1 ? undefined : calls.pop();
      if (last && last !== call) calls[at] = last;
      if (calls.length > 0) return;
      for (const done of idlers) done();
      idlers = [];
    },
    sweep() {
      for (const call of calls.slice()) review(call);
    },
    get size() {
      return calls.length;
    },
    idle() {
      return calls.length === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve));
    },
  };
}
