import type { Clock } from '../core/ambient.ts';
import type { Caller, Place } from '../core/caller.ts';
import { customValueError } from '../core/customValue.ts';
import { Fault, type FieldError } from '../core/fault.ts';
import type { KeyClass } from '../core/key.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { AttemptStore } from '../core/session.ts';

/** Values that people choose for their keys. */
export interface Choosing {
  /**
   * What is wrong with a chosen value. Each call counts, whatever comes of it: whether a value is in use somewhere is not to
   * be tried out. Throws Fault `too_many_attempts`.
   */
  errors(
    caller: Caller,
    place: Place,
    draft: { readonly name: string; readonly value: string },
    keyClass: KeyClass,
  ): Promise<FieldError[]>;
}

/** Of one caller in one account, failures included. */
const MOST_IN_HOUR = 10;
const HOUR_MS = 3_600_000;

export function createChoosing(options: {
  policies: Pick<PolicyStore, 'ofAccount'>;
  attempts: Pick<AttemptStore, 'spend'>;
  keyPrefix: string;
  clock: Clock;
}): Choosing {
  const { policies, attempts, keyPrefix, clock } = options;

  /** Each hour of the clock has its places, and each is used once, also by two at the same time. */
  async function count(caller: Caller, { accountId }: Place): Promise<void> {
    const nowMs = clock();
    const hour = Math.floor(nowMs / HOUR_MS);
    const endMs = (hour + 1) * HOUR_MS;
    for (let at = 0; at < MOST_IN_HOUR; at++)
      if (await attempts.spend(`value:${accountId}:${caller.id}:${hour}:${at}`, nowMs, endMs)) return;
    throw new Fault('too_many_attempts', TOO_MANY, {
      retryAfterSeconds: Math.max(1, Math.ceil((endMs - nowMs) / 1000)),
    });
  }

  return {
    async errors(caller, place, { name, value }, keyClass) {
      const pointer = '/value';
      if (keyClass !== 'standard') return [{ pointer, detail: NOT_MANAGEMENT }];
      if (!(await policies.ofAccount(place.accountId))?.customKeys) return [{ pointer, detail: NOT_ALLOWED }];
      await count(caller, place);
      const detail = customValueError(value, name, keyPrefix);
      return detail === null ? [] : [{ pointer, detail }];
    },
  };
}

const NOT_MANAGEMENT = 'Values of management keys are always generated. Leave it out.';
const NOT_ALLOWED =
  'This account does not allow chosen values (`customKeys` of its security settings). Leave it out, and one is generated.';
const TOO_MANY = `At most ${MOST_IN_HOUR} values may be chosen in an hour, those that were refused included. Try again later, or let one be generated.`;
