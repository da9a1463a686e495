import { describe, expect, test } from 'vitest';
import type { KeyRecord } from '../core/authorise.ts';
import type { DenialCount } from '../core/ledger.ts';
import { createDenials } from './denials.ts';

const HOUR_MS = 3_600_000;
const NOON = Date.UTC(2026, 7, 1, 12);

function record(keyId: string): KeyRecord {
  return { key: { id: keyId, accountId: 'acc_1', projectId: 'prj_1' } } as KeyRecord;
}

function setUp() {
  const written: DenialCount[][] = [];
  const clock = { nowMs: NOON };
  const store = { failing: false, gate: undefined as Promise<void> | undefined };
  const denials = createDenials({
    ledger: {
      async countDenials(counts) {
        await store.gate;
        if (store.failing) throw new Error('the store is away');
        written.push([...counts]);
      },
    },
    clock: () => clock.nowMs,
  });
  const total = () => written.flat().reduce((sum, one) => sum + one.count, 0);
  return { denials, written, clock, store, total };
}

describe('what is counted', () => {
  test('refusals of one kind are one count, with the first and the last time', async () => {
    const { denials, written, clock } = setUp();
    for (let at = 0; at < 5; at++) {
      denials.note({ code: 'key_disabled', record: record('key_1') }, '/v1/chat/completions', '192.0.2.1');
      clock.nowMs += 1000;
    }
    await denials.flush();
    expect(written).toEqual([
      [
        {
          accountId: 'acc_1',
          projectId: 'prj_1',
          keyId: 'key_1',
          code: 'key_disabled',
          route: '/v1/chat/completions',
          address: '192.0.2.1',
          hourMs: NOON,
          count: 5,
          firstAtMs: NOON,
          lastAtMs: NOON + 4000,
        },
      ],
    ]);
  });

  test('key, code, route, address and hour are told apart', async () => {
    const { denials, written, clock } = setUp();
    denials.note({ code: 'key_disabled', record: record('key_1') }, 'verify', '192.0.2.1');
    denials.note({ code: 'key_disabled', record: record('key_2') }, 'verify', '192.0.2.1');
    denials.note({ code: 'key_expired', record: record('key_1') }, 'verify', '192.0.2.1');
    denials.note({ code: 'key_disabled', record: record('key_1') }, '/v1/models', '192.0.2.1');
    denials.note({ code: 'key_disabled', record: record('key_1') }, 'verify', null);
    denials.note({ code: 'missing_api_key' }, 'verify', '192.0.2.1');
    clock.nowMs += HOUR_MS;
    denials.note({ code: 'missing_api_key' }, 'verify', '192.0.2.1');
    await denials.flush();
    expect(written[0]?.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(written[0]?.at(-1)).toMatchObject({ accountId: '', projectId: '', keyId: '', hourMs: NOON + HOUR_MS });
  });

  test('nothing noted, nothing written', async () => {
    const { denials, written } = setUp();
    await denials.flush();
    expect(written).toEqual([]);
  });
});

describe('a flood cannot fill the disk', () => {
  test('bad keys from very many addresses are a bounded number of counts, and none is lost', async () => {
    const { denials, written, total } = setUp();
    for (let at = 0; at < 100_000; at++) {
      denials.note({ code: 'invalid_api_key' }, '/v1/chat/completions', `2001:db8::${at.toString(16)}`);
      if (at % 10_000 === 0) await denials.flush();
    }
    await denials.flush();
    expect(total()).toBe(100_000);
    // Flushed eleven times within the hour: the kinds told apart are the same each time.
    expect(new Set(written.flat().map(({ address }) => address)).size).toBeLessThanOrEqual(501);
  });

  test('strangers cannot blot out what is refused to a real key, nor one key what is refused to others', async () => {
    const { denials, written, total } = setUp();
    for (let at = 0; at < 5000; at++)
      denials.note({ code: 'invalid_api_key' }, 'verify', `10.0.${at >> 8}.${at & 255}`);
    for (let at = 0; at < 5000; at++)
      denials.note({ code: 'key_disabled', record: record('key_leaked') }, 'verify', `10.1.${at >> 8}.${at & 255}`);
    denials.note({ code: 'key_expired', record: record('key_other') }, 'verify', '192.0.2.1');
    await denials.flush();
    const counts = written.flat();
    const of = (keyId: string) => counts.filter((one) => one.keyId === keyId).reduce((sum, one) => sum + one.count, 0);
    expect([of(''), of('key_leaked'), of('key_other'), total()]).toEqual([5000, 5000, 1, 10_001]);
    expect(counts.length).toBeLessThanOrEqual(1600);
  });

  test('very many keys are a bounded number of counts too', async () => {
    const { denials, written, total } = setUp();
    for (let at = 0; at < 20_000; at++)
      denials.note({ code: 'key_disabled', record: record(`key_${at}`) }, 'verify', '192.0.2.1');
    await denials.flush();
    expect(total()).toBe(20_000);
    expect(written.flat().length).toBeLessThanOrEqual(2001);
  });

  test('an hour later there is room again', async () => {
    const { denials, written, clock } = setUp();
    for (let at = 0; at < 600; at++) denials.note({ code: 'invalid_api_key' }, 'verify', `10.0.${at >> 8}.${at & 255}`);
    clock.nowMs += HOUR_MS;
    denials.note({ code: 'invalid_api_key' }, 'verify', '192.0.2.9');
    await denials.flush();
    expect(written.flat().at(-1)).toMatchObject({ address: '192.0.2.9', count: 1 });
  });

  test('while the store is away for days, memory is bounded and no refusal is lost', async () => {
    const { denials, written, clock, store, total } = setUp();
    store.failing = true;
    for (let hour = 0; hour < 24; hour++) {
      for (let at = 0; at < 1000; at++)
        denials.note({ code: 'invalid_api_key' }, 'verify', `10.0.${at >> 8}.${at & 255}`);
      await expect(denials.flush()).rejects.toThrow('away');
      clock.nowMs += HOUR_MS;
    }
    store.failing = false;
    await denials.flush();
    expect(total()).toBe(24_000);
    expect(written.flat().length).toBeLessThan(10_200);
  });
});

describe('a store that fails', () => {
  test('keeps its counts for the next time, adds what comes meanwhile, and counts nothing twice', async () => {
    const { denials, written, clock, store } = setUp();
    denials.note({ code: 'invalid_api_key' }, 'verify', '192.0.2.1');
    store.failing = true;
    const failed = denials.flush();
    clock.nowMs += 1000;
    denials.note({ code: 'invalid_api_key' }, 'verify', '192.0.2.1');
    await expect(failed).rejects.toThrow('away');
    clock.nowMs += 1000;
    denials.note({ code: 'invalid_api_key' }, 'verify', '192.0.2.1');
    store.failing = false;
    await denials.flush();
    await denials.flush();
    expect(written).toEqual([[expect.objectContaining({ count: 3, firstAtMs: NOON, lastAtMs: NOON + 2000 })]]);
  });

  test('a second flush waits for the first: what the last one at the stop returns from is written', async () => {
    const { denials, store, total } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;
    denials.note({ code: 'invalid_api_key' }, 'verify', '192.0.2.1');
    void denials.flush();
    const last = denials.flush();
    expect(await Promise.race([last.then(() => 'done'), Promise.resolve('waiting')])).toBe('waiting');
    resolve();
    await last;
    expect(total()).toBe(1);
  });
});
