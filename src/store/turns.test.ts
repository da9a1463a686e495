import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

function newWork() {
  const ends: (() => void)[] = [];
  let most = 0;
  let running = 0;
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
  };
  const endAll = async (): Promise<void> => {
    for (let end = ends.shift(); end; end = ends.shift()) {
      end();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { work, endAll, most: () => most };
}

test('of one so many pieces run at once, the others in their order, and nobody waits for another', async () => {
  const turns = createTurns({ atOnce: 2, waiting: 10 });
  const mine = newWork();
  const all = Array.from({ length: 6 }, () => turns.run('acc_1', mine.work));
  expect(await turns.run('acc_2', async () => 'through')).toBe('through');
  await mine.endAll();
  await Promise.all(all);
  expect(mine.most()).toBe(2);
});

test('what fails gives its turn back, and where too many wait the next is refused', async () => {
  const turns = createTurns({ atOnce: 1, waiting: 1 });
  const mine = newWork();
  const [first, second] = [turns.run('acc_1', mine.work), turns.run('acc_1', mine.work)];
  await expect(turns.run('acc_1', mine.work)).rejects.toMatchObject({ code: 'store_unavailable' });
  await mine.endAll();
  await Promise.all([first, second]);
  await expect(turns.run('acc_1', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await turns.run('acc_1', async () => 1)).toBe(1);
});
