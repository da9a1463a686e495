import { expect, test, vi } from 'vitest';
import { deny, type Denial } from '../core/denial.ts';
import type { Admitted } from './attempt.ts';
import { createCalls, SWEEP_MS, type Call } from './calls.ts';

function setUp() {
  let evict: (keyId: string | undefined) => void = () => undefined;
  const review = vi.fn<(admitted: Admitted) => Denial | undefined | Promise<Denial | undefined>>(() => undefined);
  const calls = createCalls({ admission: { review }, keyring: { onEvict: (listener) => void (evict = listener) } });
  const enter = (keyId: string, parentKeyId: string | null = null) => {
    const call = { admitted: { record: { key: { id: keyId, parentKeyId } } } as Admitted, cut: vi.fn<Call['cut']>() };
    calls.enter(call);
    return call;
  };
  return { calls, review, enter, evict: (keyId?: string) => evict(keyId) };
}

test('an evicted key’s calls are reviewed at once, and cut when their key may no longer make them', () => {
  const { enter, review, evict } = setUp();
  const [one, other] = [enter('key_1'), enter('key_2')];
  review.mockReturnValue(deny('key_disabled'));
  evict('key_1');
  expect(one.cut).toHaveBeenCalledWith(expect.objectContaining({ code: 'key_disabled' }));
  expect(other.cut).not.toHaveBeenCalled();
  evict();
  expect(other.cut).toHaveBeenCalledOnce();
});

test('X01 A08 with a key’s calls those of its temporary keys are reviewed, and not the other way round', () => {
  const { enter, review, evict } = setUp();
  const [own, child] = [enter('key_1'), enter('key_2', 'key_1')];
  review.mockReturnValue(deny('key_disabled'));
  evict('key_2');
  expect([own.cut.mock.calls.length, child.cut.mock.calls.length]).toEqual([0, 1]);
  evict('key_1');
  expect([own.cut.mock.calls.length, child.cut.mock.calls.length]).toEqual([1, 2]);
});

test('a call that ends while it is reviewed is not cut', async () => {
  const { calls, enter, review } = setUp();
  const call = enter('key_1');
  const { promise, resolve } = Promise.withResolvers<Denial>();
  review.mockReturnValue(promise);
  calls.sweep();
  calls.leave(call);
  resolve(deny('key_expired'));
  await promise;
  await Promise.resolve();
  expect(call.cut).not.toHaveBeenCalled();
});

test('a store that cannot be read once cuts nothing; the next sweep asks again', async () => {
  const { calls, enter, review } = setUp();
  const call = enter('key_1');
  review.mockRejectedValueOnce(new Error('away'));
  calls.sweep();
  await new Promise(setImmediate);
  expect(call.cut).not.toHaveBeenCalled();
  review.mockReturnValue(Promise.resolve(deny('key_expired')));
  calls.sweep();
  await new Promise(setImmediate);
  expect(call.cut).toHaveBeenCalledOnce();
});

test.each([
  ['fails', () => Promise.reject(new Error('away'))],
  ['does not answer', () => new Promise<undefined>(() => undefined)],
])('a call whose key cannot be read for a second is cut as untold, where the store %s', async (_, ask) => {
  const { calls, enter, review } = setUp();
  const [call, read] = [enter('key_1'), enter('key_2')];
  review.mockImplementation((admitted) => (admitted.record.key.id === 'key_1' ? ask() : Promise.resolve(undefined)));
  for (let ms = 0; ms < 1000; ms += SWEEP_MS) {
    calls.sweep();
    await new Promise(setImmediate);
    expect(call.cut).not.toHaveBeenCalled();
  }
  calls.sweep();
  expect(call.cut).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'store_unavailable' }));
  expect(read.cut).not.toHaveBeenCalled();
});

test('all are cut where the process no longer answers for them', () => {
  const { calls, enter } = setUp();
  const all = [enter('key_1'), enter('key_2')];
  calls.cutAll();
  for (const { cut } of all)
    expect(cut).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'store_unavailable' }));
});

test('idle resolves when the last call has left, at once when there is none', async () => {
  const { calls, enter } = setUp();
  await calls.idle();
  const [one, other] = [enter('key_1'), enter('key_1')];
  let idle = false;
  const waiting = calls.idle().then(() => (idle = true));
  calls.leave(one);
  await Promise.resolve();
  expect(idle).toBe(false);
  expect(calls.size).toBe(1);
  calls.leave(other);
  await waiting;
  expect(calls.size).toBe(0);
});
