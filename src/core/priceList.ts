import type { Prices } from './price.ts';

/** One model of the LiteLLM price list. */
export interface PriceEntry {
  readonly name: string;
  readonly litellmProvider: string | null;
  readonly mode: string | null;
  /** Null: unknown, which is not zero. */
  readonly prices: Prices | null;
  readonly maxOutputTokens: number | null;
  /** Rates of the list that `prices` has no place for (long context, audio, batches …): show them before relying on a cost limit. */
  readonly otherRates: readonly string[];
}

/**
 * Reads the LiteLLM price list (`model_prices_and_context_window.json`), parsed: one object, model name -> fields,
 * US dollars per token. Everything in it is either an entry or skipped with a reason.
 */
export function priceEntries(json: unknown): { entries: PriceEntry[]; skipped: { name: string; reason: string }[] } {
  const entries: PriceEntry[] = [];
  const skipped: { name: string; reason: string }[] = [];
  if (!isRecord(json)) return { entries, skipped: [{ name: '', reason: 'The list is not a JSON object of models.' }] };
  for (const [name, fields] of Object.entries(json)) {
    if (name === 'sample_spec') skipped.push({ name, reason: 'It explains the list and is no model.' });
    else if (name === '') skipped.push({ name, reason: 'It has no name.' });
    else if (!isRecord(fields)) skipped.push({ name, reason: 'It is not a JSON object.' });
    else entries.push(priceEntry(name, fields));
  }
  return { entries, skipped };
}

function priceEntry(name: string, fields: Readonly<Record<string, unknown>>): PriceEntry {
  const { litellm_provider: provider, mode, max_output_tokens: most } = fields;
  const otherRates = Object.keys(fields).filter((field) => isOtherRate(field, fields[field]));
  return {
    name,
    litellmProvider: typeof provider === 'string' ? provider : null,
    mode: typeof mode === 'string' ? mode : null,
    prices: listedPrices(fields, otherRates.length > 0),
    maxOutputTokens:
      mode !== 'embedding' && typeof most === 'number' && Number.isSafeInteger(most) && most > 0 ? most : null,
    otherRates,
  };
}

/** Null where a rate is missing or faulty, and where only other rates cost something: priced by the image or query, not free. */
function listedPrices(fields: Readonly<Record<string, unknown>>, hasOtherRates: boolean): Prices | null {
  const input = nanoPerMillion(fields['input_cost_per_token']);
  // Embeddings have no output, and the list leaves its price out.
  const output = fields['mode'] === 'embedding' ? 0n : nanoPerMillion(fields['output_cost_per_token']);
  const cached = nanoPerMillion(fields['cache_read_input_token_cost'] ?? null);
  const write = nanoPerMillion(fields['cache_creation_input_token_cost'] ?? null);
  if (input == null || output == null || cached === undefined || write === undefined) return null;
  if (input === 0n && output === 0n && hasOtherRates) return null;
  return {
    inputNanoPerMillion: input,
    cachedInputNanoPerMillion: cached,
    // A zero here says that writing costs nothing on top, not that the input written is free.
    cacheWriteNanoPerMillion: write === 0n ? null : write,
    outputNanoPerMillion: output,
  };
}

const OWN_RATES = new Set([
  'input_cost_per_token',
  'output_cost_per_token',
  'cache_read_input_token_cost',
  'cache_creation_input_token_cost',
]);

function isOtherRate(field: string, value: unknown): boolean {
  return /cost|pricing/.test(field) && !OWN_RATES.has(field) && value !== 0 && value !== null;
}

/**
 * Dollars per token, a float in the list, as nano per million tokens; null stays null, undefined is faulty. Goes
 * through the float's shortest decimal (3e-07 is 3 · 10^-7, nothing else); what lies beyond the nano is rounding noise
 * of the list (2.9999999999999997e-07) and is rounded, though never to nothing.
 */
function nanoPerMillion(perToken: unknown): bigint | null | undefined {
  if (perToken === null) return null;
  if (typeof perToken !== 'number' || !(perToken >= 0 && perToken < 1000)) return undefined;
  const [mantissa = '', exponent] = perToken.toExponential().split('e');
  const digits = BigInt(mantissa.replace('.', ''));
  const shift = 15 + Number(exponent) - (mantissa.length === 1 ? 0 : mantissa.length - 2);
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  const rounded = (digits + unit / 2n) / unit;
  return rounded === 0n ? 1n : rounded;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
