import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createPasswords } from './passwords.ts';

test('who is known is served before all others, and no more wait than may', async () => {
  const passwords = createPasswords({ random: randomBytes, mostWaiting: 3 });
  const served: string[] = [];
  const come = (turn: 'known' | 'unknown') => passwords.verify(null, 'guess', turn).then(() => served.push(turn));
  const strangers = Array.from({ length: 5 }, () => come('unknown'));
  await expect(come('unknown')).rejects.toMatchObject({
    code: 'too_many_attempts',
    details: { retryAfterSeconds: 3 },
  });
  await Promise.all([...strangers, come('known'), come('known')]);
  // Two were at work already when the known ones came.
  expect(served.slice(-2)).toEqual(['unknown', 'unknown']);
  await expect(come('unknown')).resolves.toBe(8);
});
