import { expect } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { generateKeyValue } from '../../src/core/keyValue.ts';
import type { LedgerRow } from '../../src/core/ledger.ts';
import type { Reserved } from '../../src/core/limitStore.ts';
import { createAdmission } from '../../src/service/admission.ts';
import type { Ask } from '../../src/service/attempt.ts';
import type { Demand } from '../../src/service/bound.ts';
import { createCalls } from '../../src/service/calls.ts';
import { createDirectory, type Directory } from '../../src/service/directory.ts';
import { createRelay } from '../../src/service/relay.ts';
import { createReservations } from '../../src/service/reservations.ts';
import { createSettlement } from '../../src/service/settlement.ts';
import type { SimKey, SimLimits } from './memoryLimits.ts';
import type { Dice } from './random.ts';
import type { SimFlight } from './simUpstream.ts';
import { drawCatalogue, recordOf, type SimPlace } from './simWorld.ts';

/** What a simulation runs on. */
export interface SimGround {
  readonly dice: Dice;
  readonly place: SimPlace;
  /** Ids that sort by the time they were made, as those of limits are. */
  readonly newId: (prefix: string) => string;
  readonly limits: SimLimits;
  /** The process dies, and another starts: what was under way is abandoned. */
  restart(nowMs: number): Promise<void>;
  rows(): Promise<readonly LedgerRow[]>;
  /** Where the keys are looked at after each step; by default all of them. */
  readonly looksAtAll?: boolean;
}

const VALUE = generateKeyValue('kw_', (size) => new Uint8Array(size).fill(7));

export type System = Awaited<ReturnType<typeof newSystem>>;

/** A process: the real thing from admission to settlement, over a store that may fail before or after it has written. */
export async function newSystem(
  { dice, place, limits, newId }: SimGround,
  trouble: { readonly isOn: boolean },
  clock: () => number,
  handed: Map<string, LedgerRow>,
) {
  const records = new Map(place.keys.map((key) => [key.keyId, recordOf(key)]));
  let listener: (keyId: string | undefined) => void = () => undefined;
  let current = '';
  const keyring = {
    lookup: () => records.get(current),
    evict: () => undefined,
    evictAll: () => undefined,
    onEvict: (told: typeof listener) => void (listener = told),
  };
  let catalogue = drawCatalogue(dice, place);
  const directory: Directory = await createDirectory({ read: async () => catalogue });
  const unheard: Reserved[] = [];
  async function perhaps<T>(run: () => Promise<T>, lost: (answer: T) => void = () => undefined): Promise<T> {
    const fails = trouble.isOn && dice.percent(50);
    if (fails && dice.percent(50)) throw new Fault('store_unavailable', 'down');
    const answer = await run();
    if (!fails) return answer;
    lost(answer);
    throw new Fault('store_unavailable', 'the answer was lost');
  }
  const reservations = createReservations({
    limits: {
      reserveEach: (asks) =>
        perhaps(
          () => limits.reserve(asks),
          (answers) => void unheard.push(...answers),
        ),
      chargeEach: (asks) =>
        perhaps(
          () => limits.charge(asks),
          (answers) => void unheard.push(...answers),
        ),
      settle: (rows) => perhaps(() => limits.settle(rows)),
      settleEach: (rows) => perhaps(() => limits.settle(rows).then(() => [])),
      release: (ids) => perhaps(() => limits.release(ids)),
    },
    watch: { decided: () => undefined, settled: () => undefined },
  });
  const handing = {
    settle: (row: LedgerRow) => {
      expect(handed.has(row.id)).toBe(false);
      handed.set(row.id, row);
      return reservations.settle(row);
    },
    drain: () => reservations.drain(),
  };
  const nothing = { note: () => undefined };
  const admission = createAdmission({
    keyring,
    directory,
    lease: { term: () => 1, regain: async () => 1 },
    hash: (value) => value,
    keyPrefix: 'kw_',
    clock,
    reservations,
    probe: (ask) => limits.probe(ask),
    uses: nothing,
    denials: nothing,
  });
  // A call under way is looked up by its key.
  const review = ((admitted) => {
    current = admitted.record.key.id;
    return admission.review(admitted);
  }) satisfies typeof admission.review;
  const calls = createCalls({ admission: { review }, keyring });
  const settlement = createSettlement({ reservations: handing, clock });
  let flight: SimFlight | undefined;
  const reported: unknown[] = [];
  const relay = createRelay({
    send: (request, sink) => flight!.send(request, sink),
    calls,
    settlement,
    clock,
    report: (error) => void reported.push(error),
  });
  return {
    reported,
    unheard,
    reservations,
    settlement,
    calls,
    admit(key: SimKey, ask: Ask, demand: Demand, dryRun: boolean) {
      current = key.keyId;
      const admitted = admission.admit(
        { id: newId('req'), route: '/v1/x', value: VALUE, address: null, dryRun },
        ask,
        demand,
      );
      return Promise.resolve(admitted);
    },
    relay(given: SimFlight) {
      flight = given;
      relay(given.exchange, {
        provider: given.exchange.admitted.target!.provider,
        method: 'POST',
        path: '/x',
        headers: {},
        body: null,
      });
    },
    setStatus(keyId: string, status: 'active' | 'disabled') {
      const record = records.get(keyId)!;
      records.set(keyId, { ...record, key: { ...record.key, status } });
      listener(keyId);
    },
    async redraw() {
      catalogue = drawCatalogue(dice, place);
      await directory.reload();
    },
  };
}

/** Throws what is not the store in trouble. */
export function isTrouble(error: unknown): void {
  if (!(error instanceof Fault) || error.code !== 'store_unavailable') throw error;
}
