/**
 * What one answer consumed, in the words of every provider: `inputTokens` counts all input, of which `cachedTokens`
 * were read from and `cacheWriteTokens` written to a prompt cache; `outputTokens` counts all output, of which
 * `reasoningTokens` were thought and not shown.
 */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export const NO_USAGE: TokenUsage = {
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** Where the figures come from: the upstream's report, or our estimate where it gave none. */
export type UsageSource = 'reported' | 'estimated' | 'none';
