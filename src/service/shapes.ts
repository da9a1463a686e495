import type { Clock } from '../core/ambient.ts';
import { isCustomShape } from '../core/customValue.ts';
import { isWellFormed } from '../core/keyValue.ts';
import type { MetaStore } from '../core/ports.ts';

/**
 * Tells what may be a key's value from what cannot, before anything is looked up. Values that people chose have no
 * checksum, so they are looked up only where an account has ever allowed them: elsewhere a flood of made-up values costs
 * one small query in half a second, whatever it sends.
 */
export interface Shapes {
  mayBeKey(value: string): boolean | Promise<boolean>;
  /** From now on people may choose values, here and on every node. Call it before the account's setting is stored. */
  allowCustom(): Promise<void>;
}

/** In the store's `meta`; once set it stays, because the values that were chosen stay good. */
const MARK = 'custom_values';
const ASKED_AGAIN_MS = 500;

export function createShapes(options: {
  meta: Pick<MetaStore, 'get' | 'putOnce'>;
  keyPrefix: string;
  clock: Clock;
}): Shapes {
  const { meta, keyPrefix, clock } = options;
  let isAllowed = false;
  let askedAtMs = -Infinity;
  let asking: Promise<boolean> | undefined;

  async function ask(): Promise<boolean> {
    try {
      if ((await meta.get(MARK)) !== undefined) isAllowed = true;
      askedAtMs = clock();
      return isAllowed;
    } finally {
      asking = undefined;
    }
  }

  return {
    mayBeKey(value) {
      if (isWellFormed(value, keyPrefix)) return true;
      if (!isCustomShape(value, keyPrefix)) return false;
      if (isAllowed) return true;
      const ageMs = clock() - askedAtMs;
      // Negative when the clock was put back.
      return ageMs >= 0 && ageMs < ASKED_AGAIN_MS ? false : (asking ??= ask());
    },
    async allowCustom() {
      await meta.putOnce(MARK, '1');
      isAllowed = true;
    },
  };
}
