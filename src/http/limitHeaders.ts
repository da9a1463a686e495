import { afterCharge } from '../core/charged.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { LimitState, Unit } from '../core/limit.ts';
import { formatMoney } from '../core/price.ts';
import type { Admitted } from '../service/attempt.ts';
import type { Shape } from './failure.ts';

/**
 * What the holder of a key is told with the answer to an admitted call: where its limits stand, what the call cost, and
 * that it was shortened to fit. Before the call is settled, as a stream begins, it counts as what was reserved for it.
 */
export function answerHeaders(
  admitted: Admitted,
  settled: LedgerRow | null,
  shape: Shape,
  nowMs: number,
): Record<string, string> {
  const { limits, takes, outputTokens, startedAtMs } = admitted;
  const standing = settled && limits.length > 0 ? afterCharge(limits, takes, settled) : limits;
  const headers = limitHeaders(standing, shape, Math.max(nowMs, startedAtMs));
  if (outputTokens !== null) headers['x-keyward-max-tokens'] = String(outputTokens);
  if (settled && settled.costNano !== null && isBilled(settled))
    headers['x-keyward-cost'] = formatMoney(settled.costNano);
  return headers;
}

/** A call of a model. Nothing else has a price. */
function isBilled({ outcome, resourceType }: LedgerRow): boolean {
  return outcome !== 'allowed' && (resourceType === 'model' || resourceType === 'endpoint');
}

/**
 * Where limits stand: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) name every limit;
 * `x-ratelimit-*`, and on Anthropic's routes `anthropic-ratelimit-*`, which SDKs know, the one of requests and the one
 * of tokens that leaves the least.
 */
export function limitHeaders(states: readonly LimitState[], shape: Shape, nowMs: number): Record<string, string> {
  if (states.length === 0) return {};
  const headers: Record<string, string> = {
    'ratelimit-policy': states.map(policy).join(', '),
    ratelimit: states.map((state) => item(state, nowMs)).join(', '),
  };
  for (const unit of ['requests', 'tokens'] as const) {
    const state = tightest(states, unit);
    if (!state) continue;
    const { applied, remaining, freesAtMs } = state;
    headers[`x-ratelimit-limit-${unit}`] = String(applied.limit.amount);
    headers[`x-ratelimit-remaining-${unit}`] = String(remaining);
    if (freesAtMs !== null) headers[`x-ratelimit-reset-${unit}`] = goDuration(freesAtMs - nowMs);
    if (shape !== 'anthropic') continue;
    headers[`anthropic-ratelimit-${unit}-limit`] = String(applied.limit.amount);
    headers[`anthropic-ratelimit-${unit}-remaining`] = String(remaining);
    if (freesAtMs !== null) headers[`anthropic-ratelimit-${unit}-reset`] = wholeSecond(Math.max(freesAtMs, nowMs));
  }
  const cost = tightest(states, 'cost');
  if (cost) headers['x-keyward-remaining-cost'] = formatMoney(cost.remaining);
  return headers;
}

/** The draft knows no unit of tokens or money: those stand in a parameter of ours, money in millionths. */
function policy({ applied: { limit } }: LimitState): string {
  const windowless = limit.window.kind === 'lifetime' || limit.unit === 'concurrency';
  const window = windowless ? '' : `;w=${windowSeconds(limit.window)}`;
  return `"${limit.id}";q=${quantity(limit.unit, limit.amount)}${window}${UNIT_PARAMETERS[limit.unit]}`;
}

const UNIT_PARAMETERS: Record<Unit, string> = {
  requests: '',
  concurrency: ';qu="concurrent-requests"',
  tokens: ';keyward-unit="tokens"',
  cost: ';keyward-unit="cost-micro"',
};

function item({ applied: { limit }, remaining, freesAtMs }: LimitState, nowMs: number): string {
  const reset = freesAtMs === null ? '' : `;t=${secondsUntil(freesAtMs, nowMs)}`;
  return `"${limit.id}";r=${quantity(limit.unit, remaining)}${reset}`;
}

/** Structured fields hold integers of 15 digits (RFC 9651 §3.3.1); rest is rounded down. */
function quantity(unit: Unit, amount: bigint): string {
  const whole = unit === 'cost' ? amount / 1000n : amount;
  return String(whole > 999_999_999_999_999n ? 999_999_999_999_999n : whole);
}

const PERIOD_SECONDS = { day: 86_400, week: 604_800, month: 2_678_400 } as const;

function windowSeconds(window: LimitState['applied']['limit']['window']): number {
  switch (window.kind) {
    case 'lifetime':
      return 0;
    case 'calendar':
      return PERIOD_SECONDS[window.period];
    case 'session':
    case 'rolling':
      return Math.max(1, Math.ceil(window.windowMs / 1000));
  }
}

/** The one that leaves the least; of several, the one that frees last. */
function tightest(states: readonly LimitState[], unit: Unit): LimitState | undefined {
  let found: LimitState | undefined;
  for (const state of states) {
    if (state.applied.limit.unit !== unit) continue;
    const isTighter =
      !found ||
      state.remaining < found.remaining ||
      (state.remaining === found.remaining && (state.freesAtMs ?? Infinity) > (found.freesAtMs ?? Infinity));
    if (isTighter) found = state;
  }
  return found;
}

/** Rounded up: coming back too early is refused. */
function secondsUntil(ms: number, nowMs: number): number {
  return Math.max(0, Math.ceil((ms - nowMs) / 1000));
}

/** RFC 3339, as Anthropic writes it: without a fraction. */
function wholeSecond(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** As OpenAI writes it: `1s`, `6m0s`, `1h0m0s`. */
function goDuration(ms: number): string {
  const seconds = secondsUntil(ms, 0);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
