import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { StoreParts } from '../../src/core/ports.ts';
import { byServer } from '../../src/service/audit.ts';
import { firstStart } from '../../src/service/firstStart.ts';
import { engines, newId, useStore } from '../kit/stores.ts';

describe.each(engines)('the first start on %s', (engine) => {
  const used = useStore(engine);
  const clock = (): number => 1_800_000_000_000;
  const start = (store: Pick<typeof used.store, 'meta' | 'together'>) =>
    used.store.audit.during(byServer({ id: 'server', operation: 'firstStart', clock }), () =>
      firstStart({
        store,
        clock,
        random: randomBytes,
        newId,
        hashValue: (value) => `hash of ${value}`,
        keyPrefix: 'kw_',
        administrator: { email: 'admin@keyward.local', password: null },
      }),
    );

  /** The store, whose use number `at` breaks. */
  function breaking(at: number): Pick<typeof used.store, 'meta' | 'together'> {
    let uses = 0;
    const broken = <T extends object>(part: T): T =>
      new Proxy(part, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name);
          if (typeof member === 'object' && member !== null) return broken(member);
          if (typeof member !== 'function') return member;
          return async (...args: unknown[]) => {
            if (uses++ === at) throw new Error('the process dies');
            return (member as (...args: unknown[]) => unknown)(...args);
          };
        },
      });
    return {
      meta: used.store.meta,
      together: (work) => used.store.together((parts) => work(broken<StoreParts>(parts))),
    };
  }

  test('is whole or was not: broken off anywhere it is made anew, and only once', async () => {
    let broken = 0;
    let first: Awaited<ReturnType<typeof start>>;
    while (first === undefined) {
      expect(broken).toBeLessThan(30);
      first = await start(breaking(broken)).catch((error: unknown) => {
        expect(error).toMatchObject({ message: 'the process dies' });
        return undefined;
      });
      if (first) break;
      broken++;
      expect(await used.other.meta.get('first_start')).toBeUndefined();
      expect((await used.other.people.list({ limit: 10 })).data).toEqual([]);
      expect(await used.other.audit.lastSeq()).toBe(0);
    }
    expect(broken).toBeGreaterThan(8);
    const again = await Promise.all([start(used.other), start(used.store)]);
    expect(again).toEqual([undefined, undefined]);
    const { data } = await used.other.people.list({ limit: 10 });
    expect(data).toMatchObject([{ email: 'admin@keyward.local', isOperator: true }]);
    for (const value of [first.key, first.managementKey])
      expect(await used.other.keys.findByHashes([`hash of ${value}`])).toHaveLength(1);
    expect(await used.other.audit.verify()).toMatchObject({ ok: true });
    expect(await used.other.audit.lastSeq()).toBeGreaterThan(5);
  });
});
