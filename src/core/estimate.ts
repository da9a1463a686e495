/**
 * What an answer is charged when its upstream reports no usage, or the client left before the report: one token for
 * every four bytes, rounded up. That is the usual length of a token in English prose; request bytes count their JSON
 * framing too, which errs upward. Rows charged so are marked `estimated`.
 */
import type { Observed } from './exchange.ts';
import type { TokenUsage } from './usage.ts';

const BYTES_PER_TOKEN = 4;

export function estimateTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/**
 * The most input tokens a text body can hold, for reservations: tokenisers work on bytes and no token is shorter than
 * one. Does not bound what a body only points to (image addresses, file ids, `previous_response_id`).
 */
export function mostInputTokens(requestBytes: number): number {
  return requestBytes;
}

/** Input from the bytes of the request (or the partial report), output from the text that was seen. */
export function estimateUsage(requestBytes: number, observed: Observed): TokenUsage {
  const { partialUsage } = observed;
  const outputTokens = estimateTokens(observed.outputBytes);
  if (partialUsage === null) {
    return {
      inputTokens: estimateTokens(requestBytes),
      cachedTokens: 0,
      cacheWriteTokens: 0,
      outputTokens,
      reasoningTokens: 0,
    };
  }
  return { ...partialUsage, outputTokens: Math.max(outputTokens, partialUsage.outputTokens) };
}
