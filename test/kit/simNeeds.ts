import type { Prices } from '../../src/core/price.ts';
import type { Admitted, Ask } from '../../src/service/attempt.ts';
import { UNKNOWN_OUTPUT_TOKENS, type Demand } from '../../src/service/bound.ts';
import type { SimNeeds } from './simPair.ts';

/** Reckoned apart from the rules: every token at the dearest rate it can have. */
export function needsOf(demand: Demand, { target, outputTokens }: Admitted, ask: Ask): SimNeeds {
  const { inputTokens, outputTokens: named, copies, cost } = demand;
  const perCopy =
    outputTokens ?? (typeof named === 'number' ? named : (target?.maxOutputTokens ?? UNKNOWN_OUTPUT_TOKENS));
  const output = ask.kind === 'model' ? perCopy * copies : 0;
  const priced = cost === 'tokens' && target?.prices ? costOf(inputTokens, output, target.prices) : 0n;
  return {
    requests: 1n,
    concurrency: 1n,
    tokens: BigInt(inputTokens + output),
    cost: typeof cost === 'bigint' ? cost : priced,
  };
}

function costOf(input: number, output: number, prices: Prices): bigint {
  const rates = [
    prices.inputNanoPerMillion,
    prices.cachedInputNanoPerMillion ?? 0n,
    prices.cacheWriteNanoPerMillion ?? 0n,
  ];
  const dearest = rates.reduce((a, b) => (a > b ? a : b));
  const { multiplierNano = 1_000_000_000n } = prices;
  const sum = (BigInt(input) * dearest + BigInt(output) * prices.outputNanoPerMillion) * multiplierNano;
  const parts = 1_000_000n * 1_000_000_000n;
  return sum / parts + (sum % parts > 0n ? 1n : 0n);
}
