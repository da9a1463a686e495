import { expect } from 'vitest';
import type { LedgerRow } from '../../src/core/ledger.ts';
import type { StoredLimit } from '../../src/core/limitStore.ts';
import type { Admitted, Ask } from '../../src/service/attempt.ts';
import { NO_DEMAND, type Demand } from '../../src/service/bound.ts';
import { unbilled } from '../../src/service/settlement.ts';
import type { SimKey } from './memoryLimits.ts';
import { SimBook } from './simBook.ts';
import { needsOf } from './simNeeds.ts';
import { newSystem, isTrouble, type SimGround, type System } from './simSystem.ts';
import { SimFlight } from './simUpstream.ts';
import { BEGINNINGS, DAY, drawAmount, drawLimit, HOUR, kindOf, MINUTE, MODELS, SERVICE } from './simWorld.ts';

/** All that may refuse a call here: every key is good, and opens all it asks for. */
const SHORT = ['rate_limit_exceeded', 'insufficient_quota', 'concurrency_exceeded', 'price_unknown'];

/**
 * A life of calls, settlements, edits, faults and restarts with a clock that jumps, through the real admission, relay,
 * settlement and reservations; after every step it is held against the model. Everything follows from the dice.
 */
export class Simulation {
  readonly #ground: SimGround;
  readonly #book: SimBook;
  #system!: System;
  #nowMs: number;
  #floorMs: number;
  #flights: { flight: SimFlight; key: SimKey }[] = [];
  #limits: StoredLimit[] = [];
  readonly #keysSince = new Map<string, number>();
  /** Whether the store fails now and then in this step. */
  readonly #trouble = { isOn: false };
  /** Rows handed over to be settled and not known to be durable. */
  readonly #handed = new Map<string, LedgerRow>();
  #did = 'nothing';

  private constructor(ground: SimGround) {
    this.#ground = ground;
    this.#book = new SimBook(ground.place.keys);
    this.#nowMs = ground.dice.pick(BEGINNINGS) + ground.dice.upTo(6 * HOUR);
    this.#floorMs = this.#nowMs - DAY;
  }

  /** Makes a world and lets it live so many steps; answers the time at its end. */
  static async run(ground: SimGround, steps: number): Promise<number> {
    const simulation = new Simulation(ground);
    simulation.#system = await newSystem(ground, simulation.#trouble, () => simulation.#nowMs, simulation.#handed);
    let step = 0;
    try {
      for (; step < steps; step += 1) await simulation.#step(step);
      while (simulation.#flights.length > 0) await simulation.#finish();
      await simulation.#check(ground.place.keys);
      simulation.#book.expectLedger(await ground.rows());
      return simulation.#nowMs;
    } catch (error) {
      throw new Error(`seed ${ground.dice.seed}, step ${step} (${simulation.#did}): ${String(error)}`, {
        cause: error,
      });
    }
  }

  async #step(step: number): Promise<void> {
    const { dice, place } = this.#ground;
    const did =
      step < 3
        ? 'create'
        : step === 100
          ? 'restart'
          : dice.weighted({
              call: 42,
              finish: 30,
              wait: 12,
              back: 2,
              amount: 4,
              create: 2,
              remove: 0.7,
              reset: 1.5,
              'reset key': 0.7,
              restart: 0.4,
              adjust: 1,
              catalogue: 1,
              cut: 1.2,
              trouble: 2,
            });
    this.#did = did;
    let touched: readonly SimKey[] = place.keys;
    switch (did) {
      case 'call':
        touched = await this.#call(1 + (dice.percent(15) ? dice.upTo(5) : 0));
        break;
      case 'finish':
        touched = await this.#finish();
        break;
      case 'wait':
        this.#nowMs += dice.pick([
          0,
          1,
          dice.upTo(200),
          1000,
          MINUTE,
          dice.upTo(2 * HOUR),
          HOUR,
          5 * HOUR,
          DAY,
          31 * DAY,
        ]);
        break;
      case 'back':
        this.#nowMs = Math.max(
          this.#floorMs,
          this.#nowMs - dice.pick([1, dice.upTo(200), 1000, dice.upTo(2 * HOUR), 6 * HOUR]),
        );
        break;
      case 'trouble':
        this.#trouble.isOn = true;
        touched = [...(await this.#call(1 + dice.upTo(3))), ...(await this.#finish())];
        this.#trouble.isOn = false;
        await this.#system.reservations.flush();
        break;
      case 'cut':
        await this.#cut();
        break;
      case 'catalogue':
        await this.#system.redraw();
        break;
      case 'restart':
        await this.#restart();
        break;
      case 'adjust':
        await this.#adjust();
        break;
      default:
        await this.#edit(did);
    }
    await this.#quiet();
    await this.#check(this.#ground.looksAtAll === false && step % 20 !== 0 ? touched : place.keys);
  }

  /** One or several calls at once of any keys: to a model, a service, a list, or a verify call. */
  async #call(count: number): Promise<SimKey[]> {
    const { dice, place } = this.#ground;
    const asked = Array.from({ length: count }, () => {
      const key = dice.pick(place.keys);
      return { key, ...this.#draw(key, count === 1) };
    });
    const decisions = await Promise.allSettled(
      asked.map(({ key, ask, demand, isDryRun }) => this.#system.admit(key, ask, demand, isDryRun)),
    );
    for (const answer of this.#system.unheard.splice(0))
      if (answer.ok) this.#book.passBy(answer.admittedAtMs, answer.takes);
    for (const [index, decision] of decisions.entries()) {
      const { key, ask, demand, isDryRun } = asked[index]!;
      // The store was in trouble: nothing stays reserved.
      if (decision.status === 'rejected') expect(decision.reason).toMatchObject({ code: 'store_unavailable' });
      else if (!decision.value.ok) expect(SHORT).toContain(decision.value.code);
      else if (!isDryRun) this.#admitted(key, decision.value, ask, demand);
    }
    for (const call of this.#book.open)
      if (decisions.some((one) => one.status === 'fulfilled' && one.value.ok && one.value.id === call.id))
        this.#book.expectWithin(call);
    for (const [index, decision] of decisions.entries())
      if (decision.status === 'fulfilled' && decision.value.ok && !asked[index]!.isDryRun)
        await this.#send(asked[index]!, decision.value);
    return asked.map(({ key }) => key);
  }

  #draw(key: SimKey, isAlone: boolean): { ask: Ask; demand: Demand; isDryRun: boolean } {
    const { dice, place } = this.#ground;
    // Beside others it would depend on the store which of them it sees.
    const isDryRun = isAlone && dice.percent(5);
    switch (dice.weighted({ model: 75, service: 10, list: 5, verify: 10 })) {
      case 'model': {
        const outputTokens = dice.percent(30) ? null : dice.percent(5) ? 'unknown' : dice.upTo(60);
        const cost = dice.percent(5) ? 'unknown' : 'tokens';
        const demand: Demand = {
          inputTokens: dice.upTo(60),
          outputTokens,
          copies: dice.percent(80) ? 1 : 1 + dice.upTo(3),
          cost,
        };
        return { ask: { kind: 'model', name: dice.pick(MODELS) }, demand, isDryRun };
      }
      case 'service':
        return {
          ask: { kind: 'service', name: `${SERVICE}-${place.projectIds.indexOf(key.projectId)}`, method: 'POST' },
          demand: NO_DEMAND,
          isDryRun,
        };
      case 'list':
        return { ask: { kind: 'list' }, demand: NO_DEMAND, isDryRun };
      case 'verify':
        return { ask: { kind: 'list' }, demand: { ...NO_DEMAND, cost: BigInt(dice.upTo(900)) }, isDryRun };
    }
  }

  #admitted(key: SimKey, admitted: Admitted, ask: Ask, demand: Demand): void {
    const needs = needsOf(demand, admitted, ask);
    const isPriced = typeof demand.cost === 'bigint' || (demand.cost === 'tokens' && admitted.target?.prices != null);
    this.#book.admit({ id: admitted.id, key, atMs: admitted.startedAtMs, needs, isPriced }, admitted.takes);
    expect(admitted.startedAtMs).toBeGreaterThanOrEqual(this.#nowMs);
  }

  async #send({ key, ask, demand }: { key: SimKey; ask: Ask; demand: Demand }, admitted: Admitted): Promise<void> {
    if (ask.kind === 'list') {
      const cost = typeof demand.cost === 'bigint' ? demand.cost : 0n;
      await this.#system.settlement.settle(admitted, { ...unbilled('verify', 200), costNano: cost }).catch(isTrouble);
      return;
    }
    const flight = new SimFlight(
      admitted,
      '/v1/x',
      ask.kind === 'service' ? 'free' : demand.cost === 'unknown' ? 'reported' : 'tokens',
    );
    this.#flights.push({ flight, key });
    this.#system.relay(flight);
  }

  async #finish(): Promise<SimKey[]> {
    const { dice } = this.#ground;
    if (this.#flights.length === 0) return [];
    const [{ flight, key } = { flight: undefined!, key: undefined! }] = this.#flights.splice(
      dice.upTo(this.#flights.length - 1),
      1,
    );
    const { needs } = this.#book.calls.get(flight.id)!;
    this.#did += ` ${flight.end(dice, { inputTokens: 60, outputTokens: Number(needs.tokens) })}`;
    const { told } = flight;
    // What the upstream reported is what the ledger has, however much it is.
    if (told && flight.exchange.billing !== 'free') expect(this.#handed.get(flight.id)?.usage).toEqual(told);
    return [key];
  }

  /** A key dies: its calls under way are cut. Another moment it is alive again. */
  async #cut(): Promise<void> {
    const key = this.#ground.dice.pick(this.#ground.place.keys);
    this.#system.setStatus(key.keyId, 'disabled');
    await this.#quiet();
    expect(this.#system.calls.size).toBe(this.#flights.filter((one) => one.key.keyId !== key.keyId).length);
    this.#flights = this.#flights.filter((one) => one.key.keyId !== key.keyId);
    expect(await this.#system.admit(key, { kind: 'list' }, NO_DEMAND, false)).toMatchObject({ code: 'key_disabled' });
    this.#system.setStatus(key.keyId, 'active');
  }

  async #restart(): Promise<void> {
    const { dice } = this.#ground;
    // Some of what is under way ends at the very moment.
    if (this.#flights.length > 0 && dice.percent(50)) await this.#finish();
    await this.#quiet();
    for (const { id } of this.#book.open) this.#book.abandon(id);
    this.#flights = [];
    await this.#ground.restart(this.#nowMs);
    this.#system = await newSystem(this.#ground, this.#trouble, () => this.#nowMs, this.#handed);
  }

  async #adjust(): Promise<void> {
    const { dice, limits } = this.#ground;
    const abandoned = [...this.#book.calls.values()].filter(({ outcome }) => outcome === 'abandoned');
    if (abandoned.length === 0) return;
    const call = dice.pick(abandoned);
    const { tokens, cost } = call.charge!;
    const chargedTokens = dice.upTo(Number(tokens));
    const chargedCostNano = BigInt(dice.upTo(Number(cost ?? 0n)));
    const done = await limits.adjust({
      requestId: call.id,
      chargedTokens,
      chargedCostNano,
      note: 'simulated',
      by: 'root',
      atMs: this.#nowMs,
    });
    if (done) this.#book.adjust(call.id, BigInt(chargedTokens), chargedCostNano);
  }

  async #edit(did: 'amount' | 'create' | 'remove' | 'reset' | 'reset key'): Promise<void> {
    const { dice, limits, place } = this.#ground;
    if (did === 'create') return this.#create();
    if (did === 'reset key') {
      const { keyId } = dice.pick(place.keys);
      await limits.resetKey(keyId, this.#nowMs);
      this.#book.resetKey(keyId);
      this.#keysSince.set(keyId, this.#latestOf(keyId));
      return;
    }
    if (this.#limits.length === 0) return;
    const limit = dice.pick(this.#limits);
    if (did === 'amount') {
      const amount = drawAmount(dice, limit.unit);
      await limits.setAmount(limit.id, amount);
      this.#book.setAmount(limit.id, amount);
    } else if (did === 'reset') {
      await limits.reset(limit.id, this.#nowMs);
      this.#book.reset(limit.id);
    } else {
      this.#limits = this.#limits.filter(({ id }) => id !== limit.id);
      await limits.remove(limit.id);
      this.#book.remove(limit.id);
    }
  }

  async #create(): Promise<void> {
    const { dice, limits, place, newId } = this.#ground;
    const limit = drawLimit(dice, place, newId('lim'), this.#nowMs);
    if (this.#limits.length >= 9 || this.#limits.some((one) => kindOf(one) === kindOf(limit))) return;
    this.#limits.push(limit);
    await limits.create(limit);
    this.#book.addLimit(limit, this.#nowMs, (keyId) => this.#keysSince.get(keyId) ?? 0);
    // What lies before its windows was not looked at, so the clock does not go back there.
    this.#floorMs = Math.max(this.#floorMs, this.#nowMs);
  }

  /** Later than every call of the key so far. */
  #latestOf(keyId: string): number {
    const times = [...this.#book.calls.values()].filter(({ key }) => key.keyId === keyId).map(({ atMs }) => atMs + 1);
    return Math.max(this.#nowMs, ...times);
  }

  /** Until nothing is under way but at the upstream; what was handed over is then in the ledger. */
  async #quiet(): Promise<void> {
    await this.#system.reservations.drain();
    await this.#system.reservations.flush().catch((error: unknown) => {
      if (!this.#trouble.isOn) throw error;
    });
    if (this.#trouble.isOn) return;
    const rows = [...this.#handed.values()];
    const isBeyond = rows.some((row) => this.#book.isBeyond(row));
    // Beside others it would depend on which came first, and in trouble room may be held that nobody heard of.
    const isAlone = rows.length === 1 && this.#did.startsWith('finish');
    this.#book.settle(rows, isBeyond ? await this.#ground.rows() : [], isAlone);
    this.#handed.clear();
  }

  async #check(keys: readonly SimKey[]): Promise<void> {
    await this.#quiet();
    // Nothing went wrong but the store, when it was made to.
    for (const error of this.#system.reported.splice(0)) isTrouble(error);
    expect(this.#book.open.map(({ id }) => id).toSorted()).toEqual(
      this.#flights.map(({ flight }) => flight.id).toSorted(),
    );
    const seen = new Set<string>();
    for (const key of new Set(keys))
      this.#book.expectStates(key, await this.#ground.limits.statesOf(key, this.#nowMs), this.#nowMs, seen);
  }
}
