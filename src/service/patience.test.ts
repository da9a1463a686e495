import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, patiently } from './patience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('an answer in time is passed on, and so is a failure', async () => {
  await expect(patiently(Promise.resolve('answer'))).resolves.toBe('answer');
  await expect(patiently(Promise.reject(new Error('trouble')))).rejects.toThrow('trouble');
  expect(vi.getTimerCount()).toBe(0);
});

test('who waits too long is refused, and the answer is given to another then', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const late = vi.fn<(answer: string) => void>();
  const waiting = patiently(promise, late);
  const refused = waiting.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS + 1);
  expect(await refused).toMatchObject({ code: 'store_unavailable' });
  expect(late).not.toHaveBeenCalled();
  resolve('answer');
  await vi.advanceTimersByTimeAsync(0);
  expect(late).toHaveBeenCalledExactlyOnceWith('answer');
});

test('an answer that has arrived while the process stood still counts', async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const waiting = patiently(promise);
  setTimeout(() => resolve('answer'), PATIENCE_MS);
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  await expect(waiting).resolves.toBe('answer');
});
