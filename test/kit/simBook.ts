import { expect } from 'vitest';
import type { LedgerRow } from '../../src/core/ledger.ts';
import type { LimitState, SubjectType, Take, Unit } from '../../src/core/limit.ts';
import type { StoredLimit } from '../../src/core/limitStore.ts';
import { LimitModel } from './limitModel.ts';
import type { SimKey } from './memoryLimits.ts';
import { chargeOf, isOf, lesser, mostUsed, tokensOf, type Pair, type SimCall } from './simPair.ts';

/** What there should be: every limit of every subject by the slow model, and every call with its charge. */
export class SimBook {
  readonly calls = new Map<string, SimCall>();
  readonly #keys: readonly SimKey[];
  readonly #pairs = new Map<string, Pair>();
  #numbers = 0;

  constructor(keys: readonly SimKey[]) {
    this.#keys = keys;
  }

  get open(): SimCall[] {
    return [...this.calls.values()].filter(({ charge }) => charge === null);
  }

  addLimit(
    { id, subject, unit, window, amount }: StoredLimit,
    nowMs: number,
    sinceOf: (keyId: string) => number,
  ): void {
    const subjects: [SubjectType, string][] =
      subject.type === 'template'
        ? this.#keys.filter(({ templateId }) => templateId === subject.id).map(({ keyId }) => ['key', keyId])
        : [[subject.type, subject.id]];
    for (const [subjectType, subjectId] of subjects) {
      const pair: Pair = {
        limitId: id,
        subjectType,
        subjectId,
        model: new LimitModel(unit, window, amount),
        isStrict: true,
        past: new Set(),
      };
      this.#pairs.set(`${id} ${subjectId}`, pair);
      if (window.kind === 'session' && unit !== 'concurrency') continue;
      const sinceMs = subjectType === 'key' ? sinceOf(subjectId) : 0;
      for (const call of this.calls.values())
        if (isOf(call.key, pair) && (unit === 'concurrency' || call.atMs >= sinceMs)) this.#recall(pair, call, nowMs);
    }
  }

  /** A call of before counts toward a new limit where its window is still open, and one under way in any case. */
  #recall(pair: Pair, call: SimCall, nowMs: number): void {
    const { model } = pair;
    const { unit } = model;
    if (call.charge === null) {
      call.heldUnits.add(unit);
      pair.past.add(call.number);
    }
    if (unit === 'concurrency' ? call.charge !== null : !this.#isInReach(model, call, nowMs)) return;
    pair.past.delete(call.number);
    model.admit(call.number, call.atMs, call.needs[unit]);
    pair.isStrict = false;
    if (call.charge) model.settle(call.number, chargeOf(unit, call));
  }

  #isInReach(model: LimitModel, call: SimCall, nowMs: number): boolean {
    const { window } = model;
    if (window.kind === 'rolling') return call.atMs >= nowMs - window.windowMs - Math.ceil(window.windowMs / 120);
    const probe = new LimitModel('requests', window, 1n);
    probe.admit(0, call.atMs, 1n);
    return call.atMs > nowMs || probe.usedAt(nowMs) > 0n;
  }

  setAmount(limitId: string, amount: bigint): void {
    for (const pair of this.#pairsOf(limitId)) {
      if (amount < pair.model.amount) pair.isStrict = false;
      pair.model.amount = amount;
    }
  }

  remove(limitId: string): void {
    for (const pair of this.#pairsOf(limitId)) this.#pairs.delete(`${limitId} ${pair.subjectId}`);
  }

  reset(limitId: string): void {
    for (const { model } of this.#pairsOf(limitId)) model.reset();
  }

  resetKey(keyId: string): void {
    for (const { subjectType, subjectId, model } of this.#pairs.values())
      if (subjectType === 'key' && subjectId === keyId) model.reset();
  }

  admit(call: Omit<SimCall, 'number' | 'charge' | 'outcome' | 'heldUnits'>, takes: readonly Take[]): void {
    const units = new Set<Unit>();
    const taken = this.#takenBy(call.key);
    expect(takes.map(({ limitId, subjectId }) => `${limitId} ${subjectId}`).toSorted()).toEqual(
      [...taken.keys()].toSorted(),
    );
    const number = ++this.#numbers;
    for (const { limitId, subjectId, amount } of takes) {
      const { model } = taken.get(`${limitId} ${subjectId}`)!;
      expect(amount).toBe(call.needs[model.unit]);
      units.add(model.unit);
      model.admit(number, call.atMs, amount);
    }
    this.calls.set(call.id, { ...call, number, charge: null, outcome: null, heldUnits: units });
  }

  /** Room was taken and given back, because nobody heard of it. It may have opened a session, and used nothing. */
  passBy(atMs: number, takes: readonly Take[]): void {
    const number = ++this.#numbers;
    for (const { limitId, subjectId } of takes) {
      const model = this.#pairs.get(`${limitId} ${subjectId}`)?.model;
      if (model?.window.kind !== 'session' || model.unit === 'concurrency') continue;
      model.admit(number, atMs, 0n);
      model.settle(number, 0n);
    }
  }

  /** Right after a call was admitted: no limit it took from is passed, at the time it counts at. */
  expectWithin(call: SimCall): void {
    for (const { model } of this.#takenBy(call.key).values()) {
      if (call.needs[model.unit] === 0n) continue;
      expect(mostUsed(model, call.atMs)).toBeLessThanOrEqual(model.amount);
    }
  }

  /** Whether it used more than it reserved, where that was held for it. */
  isBeyond({ id, usage, costNano }: LedgerRow): boolean {
    const { heldUnits, needs } = this.calls.get(id)!;
    return (
      (heldUnits.has('tokens') && tokensOf(usage) > needs.tokens) ||
      (heldUnits.has('cost') && (costNano ?? 0n) > needs.cost)
    );
  }

  /** `stored`: the rows of the ledger, where calls that used more than they reserved have to be found. */
  settle(rows: readonly LedgerRow[], stored: readonly LedgerRow[], isAlone: boolean): void {
    const beyond: [call: SimCall, row: LedgerRow][] = [];
    for (const row of rows) {
      const call = this.calls.get(row.id)!;
      let [tokens, cost] = [tokensOf(row.usage), row.costNano];
      if (this.isBeyond(row)) {
        const { chargedTokens, chargedCostNano } = stored.find(({ id }) => id === row.id)!;
        expect(BigInt(chargedTokens)).toBeGreaterThanOrEqual(lesser(tokens, call.needs.tokens));
        expect(BigInt(chargedTokens)).toBeLessThanOrEqual(tokens);
        tokens = BigInt(chargedTokens);
        if (cost !== null) {
          expect(chargedCostNano).toBeGreaterThanOrEqual(lesser(cost, call.needs.cost));
          expect(chargedCostNano).toBeLessThanOrEqual(cost);
          cost = chargedCostNano;
        }
        beyond.push([call, row]);
      }
      this.#charge(call, tokens, cost, row.outcome);
    }
    if (!isAlone) return;
    for (const [call, { usage, costNano }] of beyond) {
      if (call.charge!.tokens < tokensOf(usage)) this.#expectNoRoom(call, 'tokens');
      if (call.charge!.cost !== null && call.charge!.cost < costNano!) this.#expectNoRoom(call, 'cost');
    }
  }

  /** What a call used is not charged whole only where a limit is used up in the window that the call counts in. */
  #expectNoRoom(call: SimCall, unit: Unit): void {
    const usedUp = [...this.#takenBy(call.key).values()].filter(({ model, past }) => {
      if (model.unit === unit && past.has(call.number)) return true;
      if (model.unit !== unit || !model.calls.some(({ id }) => id === call.number)) return false;
      const { window, amount } = model;
      const used =
        window.kind === 'rolling'
          ? model.usedAround(window.windowMs, Math.ceil(window.windowMs / 120), call.atMs)
          : model.usedAt(call.atMs);
      return used >= amount;
    });
    expect(usedUp.length).toBeGreaterThan(0);
  }

  /** Its process died: it stays charged at what it reserved. */
  abandon(id: string): void {
    const call = this.calls.get(id)!;
    this.#charge(call, call.needs.tokens, call.isPriced ? call.needs.cost : null, 'abandoned');
  }

  adjust(id: string, tokens: bigint, cost: bigint): void {
    const call = this.calls.get(id)!;
    this.#charge(call, tokens, call.charge!.cost === null ? null : cost, 'abandoned');
  }

  #charge(call: SimCall, tokens: bigint, cost: bigint | null, outcome: LedgerRow['outcome']): void {
    call.charge = { tokens, cost };
    call.outcome = outcome;
    for (const pair of this.#takenBy(call.key).values()) {
      pair.model.settle(call.number, chargeOf(pair.model.unit, call));
    }
  }

  /** The states of a key are what the models say: no more is used than a limit lets pass, and no other amount. */
  expectStates(key: SimKey, states: readonly LimitState[], nowMs: number, seen: Set<string>): void {
    const taken = this.#takenBy(key);
    expect(states.length).toBe(taken.size);
    for (const state of states) {
      const { limit, subjectId } = state.applied;
      const name = `${limit.id} ${subjectId}`;
      if (seen.has(name)) continue;
      seen.add(name);
      const { model, isStrict } = taken.get(name)!;
      const atMs = Math.max(nowMs, limit.sinceMs);
      const both = state.used + state.reserved;
      expect(limit.amount).toBe(model.amount);
      const rest = limit.amount - both;
      expect(state.remaining).toBe(rest > 0n ? rest : 0n);
      if (isStrict) expect(mostUsed(model, atMs)).toBeLessThanOrEqual(limit.amount);
      if (limit.unit === 'concurrency' || limit.window.kind !== 'rolling') {
        expect(both).toBe(model.usedAt(atMs));
        if (isStrict) expect(both).toBeLessThanOrEqual(limit.amount);
        continue;
      }
      const { windowMs } = limit.window;
      expect(both).toBeGreaterThanOrEqual(model.fullestSpanAt(windowMs, atMs));
      expect(both).toBeLessThanOrEqual(model.usedAround(windowMs, Math.ceil(windowMs / 120), atMs));
    }
  }

  /** The ledger has every call that was admitted, once, with its charge, and nothing else. */
  expectLedger(rows: readonly LedgerRow[]): void {
    const told = rows.map(({ id, keyId, outcome, chargedTokens, chargedCostNano }) => [
      id,
      keyId,
      outcome,
      BigInt(chargedTokens),
      chargedCostNano,
    ]);
    const wanted = [...this.calls.values()]
      .filter(({ charge }) => charge)
      .map(({ id, key, outcome, charge }) => [id, key.keyId, outcome, charge!.tokens, charge!.cost]);
    const byId = (a: unknown[], b: unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1);
    expect(told.toSorted(byId)).toEqual(wanted.toSorted(byId));
  }

  #takenBy(key: SimKey): Map<string, Pair> {
    return new Map([...this.#pairs].filter(([, pair]) => isOf(key, pair)));
  }

  #pairsOf(limitId: string): Pair[] {
    return [...this.#pairs.values()].filter((pair) => pair.limitId === limitId);
  }
}
