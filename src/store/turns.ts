import { Fault } from '../core/fault.ts';

/** Work that is done for somebody, so many pieces at once; what is more waits for its turn. */
export interface Turns {
  run<T>(whose: string, work: () => Promise<T>): Promise<T>;
}

/** So that one tenant, whose locks are held, leaves connections to the others. Throws `store_unavailable` where too many wait. */
export function createTurns({ atOnce, waiting }: { atOnce: number; waiting: number }): Turns {
  const all = new Map<string, { working: number; readonly queue: (() => void)[] }>();
  return {
    async run(whose, work) {
      let one = all.get(whose);
      if (!one) {
        one = { working: 0, queue: [] };
        all.set(whose, one);
      }
      const { queue } = one;
      if (queue.length >= waiting)
        throw new Fault('store_unavailable', 'Too many changes of this account wait for each other. Try again.', {
          retryAfterSeconds: 1,
        });
      if (one.working >= atOnce) await new Promise<void>((resolve) => queue.push(resolve));
      else one.working += 1;
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next) next();
        else one.working -= 1;
        if (one.working === 0) all.delete(whose);
      }
    },
  };
}
