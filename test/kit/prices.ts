import { parseMoney, type Prices } from '../../src/core/price.ts';

export const money = (text: string): bigint => parseMoney(text)!;

/** Four rates of which none is another. */
export const prices: Prices = {
  inputNanoPerMillion: money('3'),
  cachedInputNanoPerMillion: money('0.3'),
  cacheWriteNanoPerMillion: money('3.75'),
  outputNanoPerMillion: money('15'),
};
