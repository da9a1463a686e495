import type { TokenUsage } from '../core/usage.ts';

/** The wire protocols whose answers the meter understands. `…-other` are further paths of a vendor; `opaque` is anything else. */
export type MeterProtocol =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'openai-other'
  | 'anthropic-messages'
  | 'anthropic-other'
  | 'opaque';

type Json = Readonly<Record<string, unknown>>;

/**
 * A provider's `usage` object in our words, or null when it does not hold up: one count that is not a whole number of
 * tokens, or that cannot be (more cached than read), makes the whole report worthless. A zero that is reported stays zero.
 */
export function parseUsage(protocol: MeterProtocol, usage: unknown): TokenUsage | null {
  if (!isObject(usage)) return null;
  const isAnthropic = protocol === 'anthropic-messages' || protocol === 'anthropic-other';
  const parsed = isAnthropic ? anthropicUsage(usage) : openaiUsage(protocol, usage);
  const { inputTokens, cachedTokens, cacheWriteTokens, outputTokens, reasoningTokens } = parsed;
  // A count that is none is NaN here, and no comparison with NaN holds.
  const isSound = cachedTokens + cacheWriteTokens <= inputTokens && reasoningTokens <= outputTokens;
  return isSound && Number.isSafeInteger(inputTokens) && Number.isSafeInteger(outputTokens) ? parsed : null;
}

/**
 * Anthropic reports a stream's usage twice: `message_start` opens it, each `message_delta` gives totals so far and may
 * leave out (or null) what has not changed. The later figure wins.
 */
export function mergeUsage(before: unknown, after: unknown): unknown {
  if (!isObject(before) || !isObject(after)) return after;
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(after)) if (value !== null) merged[name] = value;
  return merged;
}

/** `input_tokens` leaves out what was read from and written to the cache; ours counts all of it. */
function anthropicUsage(usage: Json): TokenUsage {
  const fresh = count(usage, 'input_tokens');
  const cachedTokens = optional(usage, 'cache_read_input_tokens');
  const cacheWriteTokens = optional(usage, 'cache_creation_input_tokens');
  return {
    inputTokens: fresh + cachedTokens + cacheWriteTokens,
    cachedTokens,
    cacheWriteTokens,
    outputTokens: count(usage, 'output_tokens'),
    reasoningTokens: detail(usage, 'output_tokens_details', 'thinking_tokens'),
  };
}

const PROMPT_WORDS = {
  input: 'prompt_tokens',
  inputDetails: 'prompt_tokens_details',
  output: 'completion_tokens',
  outputDetails: 'completion_tokens_details',
};
const INPUT_WORDS = {
  input: 'input_tokens',
  inputDetails: 'input_tokens_details',
  output: 'output_tokens',
  outputDetails: 'output_tokens_details',
};

/** Chat, completions and embeddings say `prompt_tokens`; Responses, images and audio say `input_tokens`. */
function openaiUsage(protocol: MeterProtocol, usage: Json): TokenUsage {
  const words =
    usage['prompt_tokens'] === undefined && usage['input_tokens'] !== undefined ? INPUT_WORDS : PROMPT_WORDS;
  // Rerankers report a total only.
  const totalOnly = protocol === 'openai-other' && usage[words.input] === undefined;
  const inputTokens = count(usage, totalOnly ? 'total_tokens' : words.input);
  const inputOnly = protocol === 'openai-embeddings' || protocol === 'openai-other';
  const outputTokens = inputOnly ? optional(usage, words.output) : count(usage, words.output);
  // Some upstreams (Gemini's and xAI's compatible doors) leave the tokens thought out of the output and count them in the total.
  const rest = protocol === 'openai-embeddings' ? 0 : optional(usage, 'total_tokens') - inputTokens;
  return {
    inputTokens,
    cachedTokens: detail(usage, words.inputDetails, 'cached_tokens'),
    cacheWriteTokens: detail(usage, words.inputDetails, 'cache_write_tokens'),
    outputTokens: Math.max(outputTokens, rest),
    reasoningTokens: detail(usage, words.outputDetails, 'reasoning_tokens'),
  };
}

/** No call comes near it; what is beyond could not be charged in the ledger's whole numbers. */
const MOST_TOKENS = 1_000_000_000;

/** NaN, which parseUsage refuses, when it is not there or no whole number of tokens. */
function count(usage: Json, name: string): number {
  const value = usage[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : NaN;
}

function optional(usage: Json, name: string): number {
  return usage[name] === undefined || usage[name] === null ? 0 : count(usage, name);
}

function detail(usage: Json, group: string, name: string): number {
  const details = usage[group];
  if (details === undefined || details === null) return 0;
  return isObject(details) ? optional(details, name) : NaN;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
