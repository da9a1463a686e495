import { beforeEach, expect, test, vi } from 'vitest';
import { Fault } from '../core/fault.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { ChargeAsk, ReserveAsk, Reserved } from '../core/limitStore.ts';
import { createReservations } from './reservations.ts';

const GRANTED: Reserved = { ok: true, admittedAtMs: 0, takes: [], outputTokens: 0, states: [] };
const REFUSED: Reserved = { ok: false, reason: 'unpriced', admittedAtMs: 0, states: [] };
const ask = (id: string) => ({ call: { id }, bound: {}, nowMs: 0 }) as unknown as ReserveAsk;
const row = (id: string) => ({ id }) as LedgerRow;
const trouble = () => new Fault('store_unavailable', 'away');

const limits = {
  reserveEach: vi.fn<(asks: readonly ReserveAsk[]) => Promise<Reserved[]>>(),
  chargeEach: vi.fn<(asks: readonly ChargeAsk[]) => Promise<Reserved[]>>(),
  settle: vi.fn<(rows: readonly { row: LedgerRow }[]) => Promise<void>>(),
  release: vi.fn<(ids: readonly string[]) => Promise<void>>(),
};
const settleEach = async (rows: readonly { row: LedgerRow }[]) => {
  await limits.settle(rows);
  return [];
};
const make = () =>
  createReservations({
    limits: { ...limits, settleEach },
    watch: { decided: () => undefined, settled: () => undefined },
  });

beforeEach(() => {
  limits.reserveEach.mockReset().mockImplementation(async (asks) => asks.map(() => GRANTED));
  limits.chargeEach.mockReset().mockImplementation(async (asks) => asks.map(() => GRANTED));
  limits.settle.mockReset().mockResolvedValue();
  limits.release.mockReset().mockResolvedValue();
});

test('what a reserve that failed may have left is given back, once the store can be told', async () => {
  const reservations = make();
  limits.reserveEach.mockRejectedValueOnce(trouble());
  await expect(reservations.reserve(ask('req_1'))).rejects.toThrow('away');
  limits.release.mockRejectedValueOnce(trouble());
  await expect(reservations.flush()).rejects.toThrow('away');
  expect(reservations.owed).toBe(1);
  await reservations.flush();
  expect(limits.release.mock.calls).toEqual([[['req_1']], [['req_1']]]);
  expect(reservations.owed).toBe(0);
});

test('an ask that is refused after its batch failed gives back what the batch may have given it', async () => {
  const reservations = make();
  limits.reserveEach
    .mockRejectedValueOnce(new Error('answer lost'))
    .mockResolvedValueOnce([REFUSED])
    .mockResolvedValueOnce([GRANTED]);
  expect(await Promise.all([reservations.reserve(ask('req_1')), reservations.reserve(ask('req_2'))])).toEqual([
    REFUSED,
    GRANTED,
  ]);
  await reservations.flush();
  expect(limits.release.mock.calls).toEqual([[['req_1']]]);
});

test('a refusal of a batch that did not fail owes nothing', async () => {
  const reservations = make();
  limits.reserveEach.mockResolvedValueOnce([REFUSED]);
  await reservations.reserve(ask('req_1'));
  expect(reservations.owed).toBe(0);
});

test('one flush pays all that is owed, in bounded transactions, and past what the store will not take', async () => {
  const reservations = make();
  limits.settle.mockRejectedValue(trouble());
  const ids = Array.from({ length: 450 }, (_, at) => `req_${at}`);
  await Promise.allSettled(ids.map((id) => reservations.settle(row(id))));
  expect(reservations.owed).toBe(450);
  limits.settle.mockClear().mockImplementation(async (rows) => {
    if (rows.some(({ row: { id } }) => id === 'req_7')) throw new Error('not this one');
  });
  await expect(reservations.flush()).rejects.toThrow('not this one');
  expect(reservations.owed).toBe(1);
  expect(Math.max(...limits.settle.mock.calls.map(([rows]) => rows.length))).toBe(200);
});

test('a store in trouble is not asked again and again for a batch of rows', async () => {
  const reservations = make();
  limits.settle.mockRejectedValue(trouble());
  await Promise.allSettled(Array.from({ length: 450 }, (_, at) => reservations.settle(row(`req_${at}`))));
  limits.settle.mockClear();
  await expect(reservations.flush()).rejects.toThrow('away');
  expect(limits.settle).toHaveBeenCalledTimes(1);
});

test('with too much to give back, nothing more is asked for: memory stays bounded', async () => {
  const reservations = make();
  for (let at = 0; at < 10_000; at += 1) reservations.release(`req_${at}`);
  await expect(reservations.reserve(ask('req_x'))).rejects.toMatchObject({ code: 'store_unavailable' });
  expect([limits.reserveEach.mock.calls.length, reservations.owed]).toEqual([0, 10_000]);
  await reservations.flush();
  expect(await reservations.reserve(ask('req_x'))).toBe(GRANTED);
});

test('once it is closed no call begins, and those that have begun can end', async () => {
  const reservations = make();
  await reservations.reserve(ask('req_1'));
  reservations.close();
  await expect(reservations.reserve(ask('req_2'))).rejects.toMatchObject({ code: 'store_unavailable' });
  await reservations.settle(row('req_1'));
  expect([limits.reserveEach.mock.calls.length, limits.settle.mock.calls.length, reservations.owed]).toEqual([1, 1, 0]);
});

test('how many calls were written together is known, by powers of two', async () => {
  const reservations = make();
  await Promise.all(['1', '2', '3', '4', '5'].map((id) => reservations.reserve(ask(id))));
  await reservations.settle(row('1'));
  await Promise.all([reservations.settle(row('2')), reservations.settle(row('3'))]);
  expect(reservations.groups.reserve).toEqual([undefined, undefined, 1]);
  expect(reservations.groups.settle).toEqual([1, 1]);
});

test('a charge that failed gives back what it may have left, and is drained like the rest', async () => {
  const reservations = make();
  const charge = (id: string) => ({ ...ask(id), row: row(id) });
  limits.chargeEach.mockRejectedValueOnce(trouble());
  await expect(reservations.charge(charge('req_1'))).rejects.toThrow('away');
  expect(reservations.owed).toBe(1);
  const charging = reservations.charge(charge('req_2'));
  await reservations.drain();
  expect(limits.chargeEach).toHaveBeenCalledTimes(2);
  expect(await charging).toBe(GRANTED);
  await reservations.flush();
  expect(limits.release.mock.calls).toEqual([[['req_1']]]);
  expect(limits.settle).not.toHaveBeenCalled();
});
