// The Nth store call of a request's life fails, for every N, before it acted and after it, once and several times in a
// row: the client gets a clear answer, no limit is passed, nothing leaks, and the counters are what the ledger says.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT_KEY } from '../kit/app.ts';
import { FAILURES, startFaultyApp, type FaultyApp, type StoreCall } from '../kit/crashFaults.ts';
import { until } from '../kit/crashServer.ts';
import { callKey } from '../kit/load.ts';
import { startLoadUpstream, type LoadUpstream } from '../kit/loadUpstream.ts';
import { engines, newPlace, type StorePlace } from '../kit/stores.ts';

const MODEL = 'faulty/model';
const everything = { accountId: null, projectId: null, fromMs: 0, toMs: 4_000_000_000_000 };

interface Case {
  readonly door: 'plain' | 'stream' | 'verify';
  readonly failure: keyof typeof FAILURES;
  readonly when: 'before' | 'after';
  /** Which store call of its life fails: 1 finds the key, 2 reserves, 3 settles; of a verify call the second does both. */
  readonly first: number;
  /** How many in a row: those that try to mend it, too. */
  readonly times: number;
}

const CASES: readonly Case[] = (['plain', 'stream', 'verify'] as const).flatMap((door) =>
  (['trouble', 'bug'] as const).flatMap((failure) =>
    (['before', 'after'] as const).flatMap((when) =>
      (door === 'verify' ? [1, 2] : [1, 2, 3]).flatMap((first) =>
        [1, 3].map((times) => ({ door, failure, when, first, times })),
      ),
    ),
  ),
);

/** Ledger rows that a call leaves. */
function countOf({ door, first, when }: Case): number {
  return door === 'verify' ? Number(first === 2 && when === 'after') : Number(first === 3);
}

describe.each(engines)('on %s', (engine) => {
  let place: StorePlace;
  let upstream: LoadUpstream;
  let faulty: FaultyApp;
  let projectId: string;

  beforeEach(async () => {
    place = await newPlace(engine);
    upstream = await startLoadUpstream();
    faulty = await startFaultyApp(place, { KEYWARD_DRAIN_SECONDS: '0' });
    const account = await faulty.api<{ id: string }>('POST', '/accounts', { name: 'Faults' });
    await faulty.api('PATCH', `/accounts/${account.id}/quota`, { keyCap: 1_000 });
    ({ id: projectId } = await faulty.api<{ id: string }>('POST', '/projects', {
      accountId: account.id,
      name: 'Faults',
    }));
    const provider = await faulty.api<{ id: string }>('POST', '/providers', {
      name: 'load',
      kind: 'openai',
      baseUrl: upstream.url,
    });
    const prices = { inputPerMillion: '3', outputPerMillion: '7' };
    await faulty.api('POST', '/models', { name: MODEL, providerId: provider.id, prices });
  });
  afterEach(async () => {
    faulty.pass = null;
    await faulty.app.stop();
    await upstream.close();
    await place.clear();
  });

  const makeKey = (limits: readonly object[]): Promise<{ id: string; value: string }> =>
    faulty.api('POST', `/projects/${projectId}/keys`, { name: 'faulty', scope: { mode: 'all' }, limits });

  /** What a client sees of one call. */
  async function ask(door: Case['door'], value: string): Promise<{ outcome: string; status: number; code: string }> {
    if (door !== 'verify') return callKey(faulty.app.url, value, MODEL, { streamed: door === 'stream' });
    const answer = await fetch(`${faulty.app.url}/api/v1/keys/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ key: value }),
    });
    const { valid, code } = (await answer.json()) as { valid?: boolean; code: string };
    const outcome = answer.status !== 200 ? 'failed' : valid ? 'complete' : 'refused';
    return { outcome, status: answer.status, code };
  }

  async function rowsOf(keyId: string): Promise<number> {
    return (await faulty.store.ledger.requests({ ...everything, keyId, limit: 10 })).data.length;
  }

  async function nothingHeld(): Promise<void> {
    await until(async () => {
      const { body } = await heldNow();
      return body === 0 ? true : undefined;
    }, 15_000);
  }

  /** What limits hold for calls under way, over all keys made here. */
  const heldKeys: { accountId: string; projectId: string; keyId: string }[] = [];
  async function heldNow(): Promise<{ body: number }> {
    let held = 0n;
    for (const key of heldKeys)
      for (const { reserved } of await faulty.store.limits.statesOf(key, Date.now())) held += reserved;
    return { body: Number(held) };
  }

  test(
    `${CASES.length} ways for the Nth store call to fail: a clear answer, no overspend, no leak`,
    { timeout: 120_000 },
    async () => {
      heldKeys.length = 0;
      const ran: {
        one: Case;
        key: { id: string; value: string };
        seen: { outcome: string; status: number; code: string };
      }[] = [];
      for (const one of CASES) {
        const key = await makeKey([
          { unit: 'requests', amount: 1, window: { kind: 'lifetime' } },
          { unit: 'tokens', amount: 1000, window: { kind: 'session', seconds: 3600 } },
          { unit: 'cost', amount: '1', window: { kind: 'rolling', seconds: 3600 } },
          { unit: 'concurrency', amount: 1 },
        ]);
        const { accountId } = (await faulty.store.keys.get(key.id))!;
        heldKeys.push({ accountId, projectId, keyId: key.id });
        let calls = 0;
        let open = true;
        const before = upstream.calls;
        const earlier = faulty.pass;
        faulty.pass = async (call: StoreCall) => {
          const isOurs = call.keyIds.includes(key.id) || (call.name === 'find' && open);
          if (!isOurs) return earlier ? earlier(call) : call.run();
          calls += 1;
          const fails = calls >= one.first && calls < one.first + one.times;
          if (fails && one.when === 'before') throw FAILURES[one.failure]();
          const answer = await call.run();
          if (fails) throw FAILURES[one.failure]();
          return answer;
        };
        const seen = await ask(one.door, key.value);
        open = false;
        const where = `${JSON.stringify(one)} saw ${JSON.stringify(seen)}`;
        expect(calls, where).toBeGreaterThanOrEqual(one.first);
        expect(seen.outcome, where).not.toBe('complete');
        expect(seen.outcome, where).not.toBe('refused');
        if (seen.outcome === 'failed') {
          const isBug = one.failure === 'bug' && (one.first < 3 || one.door === 'verify');
          expect([seen.status, seen.code], where).toEqual(isBug ? [500, 'internal'] : [503, 'store_unavailable']);
        } else expect([one.door, one.first, seen.code], where).toEqual(['stream', 3, 'error event']);
        expect(upstream.calls - before, where).toBe(one.first < 3 || one.door === 'verify' ? 0 : 1);
        ran.push({ one, key, seen });
      }
      await nothingHeld();
      faulty.pass = null;
      for (const { one, key } of ran) {
        const where = JSON.stringify(one);
        // A call that was settled counts, though its client never had the answer; one that was not sent counts for nothing.
        const rows = await until(async () => {
          const count = await rowsOf(key.id);
          return count === countOf(one) ? count : undefined;
        }, 5_000).catch(() => rowsOf(key.id));
        expect(rows, where).toBe(countOf(one));
        const again = await ask(one.door, key.value);
        expect(again.outcome, `${where} then ${JSON.stringify(again)}`).toBe(rows === 0 ? 'complete' : 'refused');
        expect(await rowsOf(key.id), where).toBe(1);
      }
      expect((await faulty.store.limits.abandoned(null, 10)).map(({ row }) => row.id)).toEqual([]);
      expect(await faulty.store.limits.verify({ repair: false, nowMs: Date.now() })).toEqual([]);
      expect((await heldNow()).body).toBe(0);
    },
  );

  test('a batch whose answer is lost, asked again one by one, keeps no room for those it then refuses', async () => {
    heldKeys.length = 0;
    await faulty.api('POST', `/projects/${projectId}/limits`, {
      unit: 'requests',
      amount: 2,
      window: { kind: 'lifetime' },
    });
    const keys = [await makeKey([]), await makeKey([]), await makeKey([])];
    const { accountId } = (await faulty.store.keys.get(keys[0]!.id))!;
    heldKeys.push({ accountId, projectId, keyId: keys[0]!.id });
    let release: (() => void) | undefined;
    let failed = 0;
    faulty.pass = async (call) => {
      if (call.name === 'reserve' && call.keyIds.includes(keys[0]!.id))
        await new Promise<void>((resolve) => (release = resolve));
      const answer = await call.run();
      if (call.name === 'reserve' && call.keyIds.length === 2) {
        failed += 1;
        throw FAILURES.bug();
      }
      return answer;
    };
    const first = ask('plain', keys[0]!.value);
    await until(() => release);
    const others = [ask('plain', keys[1]!.value), ask('plain', keys[2]!.value)];
    await new Promise((resolve) => setTimeout(resolve, 200));
    release?.();
    const seen = await Promise.all([first, ...others]);
    faulty.pass = null;
    expect(failed).toBe(1);
    expect(seen[0]).toMatchObject({ outcome: 'complete' });
    await nothingHeld();
    const rows = await Promise.all(keys.map(({ id }) => rowsOf(id)));
    // There was room for two, the first has used one, and the other is there for whoever comes.
    const left = 2 - rows.reduce((sum, count) => sum + count, 0);
    const last = [await ask('plain', keys[1]!.value), await ask('plain', keys[2]!.value)];
    expect(last.filter(({ outcome }) => outcome === 'complete')).toHaveLength(left);
    expect(await faulty.store.limits.verify({ repair: false, nowMs: Date.now() })).toEqual([]);
  });

  test.each([
    ['reserve', 'aborted'],
    ['settle', 'answered'],
  ] as const)('a stop while the store is slow to %s waits for it', async (name, outcome) => {
    heldKeys.length = 0;
    const key = await makeKey([{ unit: 'concurrency', amount: 1 }]);
    let begun = false;
    faulty.pass = async (call) => {
      if (call.name !== name) return call.run();
      begun = true;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return call.run();
    };
    const seen = ask('plain', key.value);
    await until(() => begun || undefined);
    await faulty.app.stop();
    expect((await seen).outcome).toBe('broken');
    const again = await place.open();
    try {
      expect(await again.limits.abandonLost(Date.now())).toBe(0);
      const { data } = await again.ledger.requests({ ...everything, keyId: key.id, limit: 10 });
      expect(data.map((row) => row.outcome)).toEqual([outcome]);
      expect(await again.limits.verify({ repair: false, nowMs: Date.now() })).toEqual([]);
    } finally {
      await again.close();
    }
  });
});
