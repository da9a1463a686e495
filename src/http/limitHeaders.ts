import type { LimitState, Unit } from '../core/limit.ts';
import { formatMoney } from '../core/price.ts';

/**
 * Where a key's limits stand, for its holder: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers)
 * name every limit; `x-ratelimit-*`, which SDKs know, the tightest one of requests and of tokens. `remaining` counts the
 * call they come with as its reservation: it may be more once the call is settled.
 */
export function limitHeaders(states: readonly LimitState[], nowMs: number): Record<string, string> {
  if (states.length === 0) return {};
  const headers: Record<string, string> = {
    'ratelimit-policy': states.map(policy).join(', '),
    ratelimit: states.map((state) => item(state, nowMs)).join(', '),
  };
  for (const unit of ['requests', 'tokens'] as const) {
    const state = tightest(states, unit);
    if (!state) continue;
    headers[`x-ratelimit-limit-${unit}`] = String(state.applied.limit.amount);
    headers[`x-ratelimit-remaining-${unit}`] = String(state.remaining);
    if (state.freesAtMs !== null) headers[`x-ratelimit-reset-${unit}`] = goDuration(state.freesAtMs - nowMs);
  }
  const cost = tightest(states, 'cost');
  if (cost) headers['x-keyward-remaining-cost'] = formatMoney(cost.remaining);
  return headers;
}

/** The draft knows no unit of tokens or money: those stand in a parameter of ours, money in millionths. */
function policy({ applied: { limit } }: LimitState): string {
  const window = limit.window.kind === 'lifetime' || limit.unit === 'concurrency' ? '' : `;w=${windowSeconds(limit.window)}`;
  return `"${limit.id}";q=${quantity(limit.unit, limit.amount)}${window}${UNIT_PARAMETERS[limit.unit]}`;
}

const UNIT_PARAMETERS: Record<Unit, string> = {
  requests: '',
  concurrency: ';qu="concurrent-requests"',
  tokens: ';keyward-unit="tokens"',
  cost: ';keyward-unit="cost-micro"',
};

function item({ applied: { limit }, remaining, freesAtMs }: LimitState, nowMs: number): string {
  const reset = freesAtMs === null ? '' : `;t=${Math.max(0, Math.ceil((freesAtMs - nowMs) / 1000))}`;
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

/** The one with the least room in proportion to its amount. */
function tightest(states: readonly LimitState[], unit: Unit): LimitState | undefined {
  let found: LimitState | undefined;
  for (const state of states) {
    if (state.applied.limit.unit !== unit) continue;
    if (!found || state.remaining * found.applied.limit.amount < found.remaining * state.applied.limit.amount) found = state;
  }
  return found;
}

/** As OpenAI writes it: `1s`, `6m0s`, `1h0m0s`. Rounded up: coming back too early is refused. */
function goDuration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
