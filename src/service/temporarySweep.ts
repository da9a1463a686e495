import type { KeyStore } from '../core/keyStore.ts';
import { LISTED_AFTER_MS } from '../core/temporary.ts';

/** At a time: so that a sweep holds up nobody. */
const MOST = 500;
/** In one sweep: what is left over waits for the next. */
const MOST_TIMES = 20;

/** Takes temporary keys that ended 30 days ago off the lists, with their own limits. Their calls stay in the ledger. */
export async function sweepTemporaryKeys(keys: Pick<KeyStore, 'buryEnded'>, nowMs: number): Promise<void> {
  for (let times = 0; times < MOST_TIMES; times++)
    if ((await keys.buryEnded(nowMs - LISTED_AFTER_MS, nowMs, MOST)) < MOST) return;
}
