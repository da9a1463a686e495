import { createGather, type Gather } from '../core/gather.ts';
import { toFault } from './faults.ts';

/** Accounts that wait at once, each on a connection of its own: fewer than there are connections. */
const MOST_AT_ONCE = 4;

/** What has to wait for a lock waits here, account by account, so that nobody waits for another tenant. */
export interface Apart<Item, Answer> {
  add(accountId: string, item: Item): Promise<Answer>;
}

export function createApart<Item, Answer>(
  write: (items: readonly Item[]) => Promise<readonly Answer[]>,
  most: number,
): Apart<Item, Answer> {
  const gathers = new Map<string, { readonly gather: Gather<Item, Answer>; waiting: number }>();
  let working = 0;
  const queue: (() => void)[] = [];

  async function inTurn(items: readonly Item[]): Promise<readonly Answer[]> {
    if (working >= MOST_AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve));
    else working += 1;
    try {
      return await write(items);
    } finally {
      const next = queue.shift();
      if (next) next();
      else working -= 1;
    }
  }

  return {
    async add(accountId, item) {
      let one = gathers.get(accountId);
      if (!one) {
        one = { gather: createGather({ write: inTurn, most, isWhole: () => true }), waiting: 0 };
        gathers.set(accountId, one);
      }
      one.waiting += 1;
      try {
        return await one.gather.add(item);
      } catch (error) {
        throw toFault(error);
      } finally {
        one.waiting -= 1;
        if (one.waiting === 0) gathers.delete(accountId);
      }
    },
  };
}
