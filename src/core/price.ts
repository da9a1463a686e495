import type { TokenUsage } from './usage.ts';

/*
 * Money is whole billionths of the platform's currency (nano), never a float. Prices are nano per million tokens,
 * so that the smallest price in use (fractions of a cent per million) is a whole number.
 */

/** A missing cache rate (null) means that such tokens are charged as plain input, never that they are free. */
export interface Prices {
  readonly inputNanoPerMillion: bigint;
  readonly cachedInputNanoPerMillion: bigint | null;
  readonly cacheWriteNanoPerMillion: bigint | null;
  readonly outputNanoPerMillion: bigint;
  /** Of a group, on all of them, in billionths; left out: 1. Kept beside them and not multiplied in, so that nothing is rounded before the sum. */
  readonly multiplierNano?: bigint;
}

const NANO = 1_000_000_000n;
const MILLION = 1_000_000n;

/**
 * What the usage costs, rounded up once, on the sum. Cached and cache-write tokens are parts of the input: where a
 * report makes them larger than the whole, the whole is what is charged. Counts that are not whole and non-negative
 * are a bug of the meter: RangeError.
 */
export function costNano(usage: TokenUsage, prices: Prices): bigint {
  const input = count(usage.inputTokens);
  const written = smaller(count(usage.cacheWriteTokens), input);
  const cached = smaller(count(usage.cachedTokens), input - written);
  const sum =
    (input - written - cached) * prices.inputNanoPerMillion +
    written * (prices.cacheWriteNanoPerMillion ?? prices.inputNanoPerMillion) +
    cached * (prices.cachedInputNanoPerMillion ?? prices.inputNanoPerMillion) +
    count(usage.outputTokens) * prices.outputNanoPerMillion;
  return costOfSum(sum, prices);
}

/** What a sum of tokens, each times its nano per million, costs in nano: multiplied, and rounded up once. */
export function costOfSum(sum: bigint, { multiplierNano }: Prices): bigint {
  if (multiplierNano === undefined) return (sum + MILLION - 1n) / MILLION;
  return (sum * multiplierNano + MILLION * NANO - 1n) / (MILLION * NANO);
}

/** The largest sum that costs no more than so many nano (`costOfSum`); null where every sum is free. */
export function sumWithin(nano: bigint, { multiplierNano }: Prices): bigint | null {
  if (multiplierNano === undefined) return nano * MILLION;
  return multiplierNano === 0n ? null : (nano * MILLION * NANO) / multiplierNano;
}

function count(tokens: number): bigint {
  if (!Number.isSafeInteger(tokens) || tokens < 0) throw new RangeError(`Not a token count: ${tokens}`);
  return BigInt(tokens);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Reads a decimal amount below 10^9 with at most 9 decimals into nano; null for anything else (signs, exponents, spaces). */
export function parseMoney(text: string): bigint | null {
  const match = /^(0|[1-9]\d{0,8})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return null;
  const [, whole = '', fraction = ''] = match;
  return BigInt(whole + fraction.padEnd(9, '0'));
}

/** The shortest decimal of an amount: `1500000000n` is `1.5`. A correction of the ledger may be below zero. */
export function formatMoney(nano: bigint): string {
  const size = nano < 0n ? -nano : nano;
  const fraction = String(size % NANO)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${nano < 0n ? '-' : ''}${size / NANO}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Prices as they are stored with a ledger row and sent over the wire: decimals of the currency per million tokens. */
export interface PricesJson {
  readonly inputPerMillion: string;
  readonly cachedInputPerMillion: string | null;
  readonly cacheWritePerMillion: string | null;
  readonly outputPerMillion: string;
  /** A decimal; left out: 1. */
  readonly multiplier?: string;
}

/** `pricesFromJson` is its inverse. */
export function pricesToJson(prices: Prices): PricesJson {
  const optional = (nano: bigint | null) => (nano === null ? null : formatMoney(nano));
  return {
    inputPerMillion: formatMoney(prices.inputNanoPerMillion),
    cachedInputPerMillion: optional(prices.cachedInputNanoPerMillion),
    cacheWritePerMillion: optional(prices.cacheWriteNanoPerMillion),
    outputPerMillion: formatMoney(prices.outputNanoPerMillion),
    ...(prices.multiplierNano !== undefined && { multiplier: formatMoney(prices.multiplierNano) }),
  };
}

/** Reads what `pricesToJson` wrote. RangeError on anything else: a damaged row must not turn into a price. */
export function pricesFromJson(json: PricesJson): Prices {
  return {
    inputNanoPerMillion: amount(json.inputPerMillion),
    cachedInputNanoPerMillion: json.cachedInputPerMillion === null ? null : amount(json.cachedInputPerMillion),
    cacheWriteNanoPerMillion: json.cacheWritePerMillion === null ? null : amount(json.cacheWritePerMillion),
    outputNanoPerMillion: amount(json.outputPerMillion),
    ...(json.multiplier !== undefined && { multiplierNano: amount(json.multiplier) }),
  };
}

function amount(text: string): bigint {
  const nano = parseMoney(text);
  if (nano === null) throw new RangeError(`Not an amount of money: ${text.slice(0, 40)}`);
  return nano;
}
