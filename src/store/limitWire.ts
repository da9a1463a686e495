import assert from 'node:assert/strict';
import type { AppliedLimit, Limit, LimitState, SubjectType, Take } from '../core/limit.ts';
import type { OpenCall, ReserveAsk, Reserved } from '../core/limitStore.ts';
import type { Prices } from '../core/price.ts';
import { storable } from './columns.ts';
import { pricesOfText, pricesText } from './ledgerRow.ts';

/*
 * How asks and answers cross to SQLite's thread and back: as one compact JSON text each, because that costs the main
 * thread least. What many asks share (prices, limits) crosses once and is then named by its number.
 */

type AskWire = readonly [
  id: string,
  accountId: string,
  projectId: string,
  keyId: string,
  route: string,
  resourceType: OpenCall['resourceType'],
  resourceId: string | null,
  resourceName: string | null,
  providerId: string | null,
  prices: number,
  address: string | null,
  streamed: boolean,
  inputTokens: number,
  outputTokens: number,
  flexible: boolean,
  boundPrices: number,
  costNano: string | null,
  nowMs: number,
  copies: number,
  parentKeyId: string | null,
];

export function encodeAsks(asks: readonly ReserveAsk[]): string {
  const texts: string[] = [];
  const numberOf = new Map<Prices, number>();
  const numbered = (prices: Prices | null): number => {
    if (prices === null) return -1;
    const known = numberOf.get(prices);
    if (known !== undefined) return known;
    numberOf.set(prices, texts.length);
    return texts.push(pricesText(prices)) - 1;
  };
  const wire = asks.map(({ call, bound, nowMs }): AskWire => [
    call.id,
    call.accountId,
    call.projectId,
    call.keyId,
    storable(call.route),
    call.resourceType,
    call.resourceId,
    call.resourceName && storable(call.resourceName),
    call.providerId,
    numbered(call.prices),
    call.address && storable(call.address),
    call.streamed,
    bound.inputTokens,
    bound.outputTokens,
    bound.flexible,
    numbered(bound.prices),
    bound.costNano === undefined ? null : bound.costNano.toString(),
    nowMs,
    bound.copies ?? 1,
    call.parentKeyId ?? null,
  ]);
  return JSON.stringify([texts, wire]);
}

export function decodeAsks(text: string): ReserveAsk[] {
  const [texts, asks] = JSON.parse(text) as [string[], AskWire[]];
  const prices = texts.map(sharedPrices);
  return asks.map((ask) => ({
    call: {
      id: ask[0],
      accountId: ask[1],
      projectId: ask[2],
      keyId: ask[3],
      ...(ask[19] !== null && { parentKeyId: ask[19] }),
      route: ask[4],
      resourceType: ask[5],
      resourceId: ask[6],
      resourceName: ask[7],
      providerId: ask[8],
      prices: prices[ask[9]] ?? null,
      address: ask[10],
      streamed: ask[11],
    },
    bound: {
      inputTokens: ask[12],
      outputTokens: ask[13],
      flexible: ask[14],
      prices: prices[ask[15]] ?? null,
      ...(ask[16] !== null && { costNano: BigInt(ask[16]) }),
      ...(ask[18] > 1 && { copies: ask[18] }),
    },
    nowMs: ask[17],
  }));
}

/** The same text is the same object, so that it is read once, and written back without making its text anew. */
const known = new Map<string, Prices>();
const MOST_PRICES = 1_000;

function sharedPrices(text: string): Prices {
  const found = known.get(text) ?? pricesOfText(text);
  if (known.size >= MOST_PRICES) known.clear();
  known.set(text, found);
  return found;
}

/** A 64-bit integer: a number where that is exact, which reads faster. */
type Big = number | string;

type StateWire = readonly [limit: number, used: Big, reserved: Big, freesAtMs: number | null];
/** After the states, the slot each take is in; what a take amounts to follows from its unit. */
type AnswerWire =
  | readonly [ok: 1, admittedAtMs: number, outputTokens: number, states: StateWire[], takes: (readonly [number, Big])[]]
  | readonly [ok: 0, nowMs: number, states: StateWire[]]
  | readonly [ok: 0, nowMs: number, states: StateWire[], limit: number, need: Big, freesAtMs: number | null];

type LimitWire = readonly [
  number: number,
  id: string,
  unit: Limit['unit'],
  amount: Big,
  window: Limit['window'],
  sinceMs: number,
  subjectType: SubjectType,
  subjectId: string,
];

type AnswersWire = readonly [forget: boolean, fresh: LimitWire[], answers: AnswerWire[]];

/** The thread's side: numbers limits, and tells each the first time it is named. */
export class AnswerWriter {
  #numbers = new WeakMap<AppliedLimit, number>();
  #last = 0;
  #forget = false;
  #fresh: LimitWire[] = [];

  /** The limits were read anew: their numbers stand for nothing any more. */
  forget(): void {
    this.#numbers = new WeakMap();
    this.#forget = true;
  }

  write(answers: readonly Reserved[]): string {
    const wire = answers.map((answer) => this.#answer(answer));
    const text = JSON.stringify([this.#forget, this.#fresh, wire] satisfies AnswersWire);
    this.#forget = false;
    this.#fresh = [];
    return text;
  }

  #answer(answer: Reserved): AnswerWire {
    const states = answer.states.map((state) => this.#state(state));
    if (answer.ok)
      return [
        1,
        answer.admittedAtMs,
        answer.outputTokens,
        states,
        answer.takes.map(({ slotMs, amount }) => [slotMs, small(amount)]),
      ];
    if (answer.reason === 'unpriced') return [0, answer.admittedAtMs, states];
    const index = answer.states.indexOf(answer.limit);
    return [0, answer.admittedAtMs, states, index, small(answer.need), answer.freesAtMs];
  }

  #state({ applied, used, reserved, freesAtMs }: LimitState): StateWire {
    return [this.#numberOf(applied), small(used), small(reserved), freesAtMs];
  }

  #numberOf(applied: AppliedLimit): number {
    const known = this.#numbers.get(applied);
    if (known !== undefined) return known;
    const number = ++this.#last;
    this.#numbers.set(applied, number);
    const { limit, subjectType, subjectId } = applied;
    const { id, unit, amount, window, sinceMs } = limit;
    this.#fresh.push([number, id, unit, small(amount), window, sinceMs, subjectType, subjectId]);
    return number;
  }
}

/** The main thread's side: reads answers in the order they were written. */
export class AnswerReader {
  readonly #limits = new Map<number, AppliedLimit>();

  read(text: string): Reserved[] {
    const [forget, fresh, answers] = JSON.parse(text) as AnswersWire;
    if (forget) this.#limits.clear();
    for (const [number, id, unit, amount, window, sinceMs, subjectType, subjectId] of fresh) {
      const limit = { id, unit, amount: BigInt(amount), window, sinceMs };
      this.#limits.set(number, { limit, subjectType, subjectId });
    }
    return answers.map((answer) => this.#answer(answer));
  }

  #answer(answer: AnswerWire): Reserved {
    if (answer[0] === 1) {
      const [, admittedAtMs, outputTokens, statesWire, takesWire] = answer;
      const states = statesWire.map((state) => this.#state(state));
      const takes = states.map(({ applied: { limit, subjectId } }, index): Take => {
        const [slotMs, amount] = takesWire[index] ?? NO_TAKE;
        return { subjectId, limitId: limit.id, slotMs, amount: BigInt(amount) };
      });
      return { ok: true, admittedAtMs, takes, outputTokens, states };
    }
    const [, admittedAtMs, statesWire, index, need, freesAtMs] = answer;
    const states = statesWire.map((state) => this.#state(state));
    const limit = index === undefined ? undefined : states[index];
    if (!limit) return { ok: false, reason: 'unpriced', states, admittedAtMs };
    return {
      ok: false,
      reason: 'short',
      limit,
      need: BigInt(need ?? 0),
      freesAtMs: freesAtMs ?? null,
      states,
      admittedAtMs,
    };
  }

  #state([number, used, reserved, freesAtMs]: StateWire): LimitState {
    const applied = this.#limits.get(number);
    assert(applied, 'a limit is named before it was told');
    const [usedAmount, reservedAmount] = [BigInt(used), BigInt(reserved)];
    const rest = applied.limit.amount - usedAmount - reservedAmount;
    return { applied, used: usedAmount, reserved: reservedAmount, remaining: rest > 0n ? rest : 0n, freesAtMs };
  }
}

const NO_TAKE = [0, 0] as const;

function small(value: bigint): Big {
  return value <= MOST_EXACT && value >= -MOST_EXACT ? Number(value) : value.toString();
}

const MOST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
