import type { Short } from './allocate.ts';
import { deny, type Denial, type DenialCode } from './denial.ts';
import type { Limit, LimitWindow, SubjectType, Unit } from './limit.ts';
import { formatMoney } from './price.ts';

/** The refusal of a call that does not fit into a limit: names the limit, need and rest, and when it frees. */
export function shortageDenial(short: Short, nowMs: number): Denial {
  const { limit: state, need, freesAtMs } = short;
  const { limit, subjectType } = state.applied;
  const rest = `${amountText(limit.unit, state.remaining)} left, this call needs ${amountText(limit.unit, need)}`;
  const message = `${OWNERS[subjectType]} limit of ${limitText(limit)} leaves no room: ${rest}. ${advice(limit, need, freesAtMs)}`;
  const waitSeconds = freesAtMs === null ? fallbackSeconds(limit) : secondsUntil(freesAtMs, nowMs);
  // Never before the reset time that `RateLimit` gives for the same limit.
  const resetSeconds = state.freesAtMs === null ? 0 : secondsUntil(state.freesAtMs, nowMs);
  return deny(shortageCode(limit), message, Math.max(waitSeconds, resetSeconds));
}

/** Whole, at least 1: coming back too early is refused. */
function secondsUntil(ms: number, nowMs: number): number {
  return Math.max(1, Math.ceil((ms - nowMs) / 1000));
}

const OWNERS: Record<SubjectType, string> = {
  key: 'This API key’s',
  project: 'The project’s',
  account: 'The account’s',
};

/** A quota or budget that is used up is told apart from a rate that will pass by itself. */
export function shortageCode({ unit, window }: Limit): DenialCode {
  if (unit === 'concurrency') return 'concurrency_exceeded';
  if (window.kind === 'lifetime') return 'insufficient_quota';
  return window.kind === 'calendar' && unit !== 'requests' ? 'insufficient_quota' : 'rate_limit_exceeded';
}

function advice({ unit, amount }: Limit, need: bigint, freesAtMs: number | null): string {
  if (unit === 'concurrency') return 'Wait for a call to end.';
  if (need > amount) return 'Ask for less (a lower maximum of tokens, a shorter input), or have the limit raised.';
  return freesAtMs === null
    ? 'Ask its owner to raise or reset it.'
    : `It frees at ${new Date(freesAtMs).toISOString()}.`;
}

/** What never frees by itself should not be asked for again and again; a place among calls under way may free at once. */
function fallbackSeconds({ unit }: Limit): number {
  return unit === 'concurrency' ? 1 : 3600;
}

/** A limit in words: `100 requests in any 60 s`, `5.00 of cost per month (UTC)`. */
export function limitText({ unit, amount, window }: Limit): string {
  return unit === 'concurrency'
    ? `${amount} ${amount === 1n ? 'call' : 'calls'} at once`
    : `${amountText(unit, amount)} ${windowText(window)}`;
}

/** An amount in its unit. */
export function amountText(unit: Unit, amount: bigint): string {
  switch (unit) {
    case 'cost':
      return `${formatMoney(amount)} of cost`;
    case 'concurrency':
      return `${amount} ${amount === 1n ? 'place' : 'places'}`;
    case 'requests':
    case 'tokens':
      return `${amount} ${amount === 1n ? unit.slice(0, -1) : unit}`;
  }
}

function windowText(window: LimitWindow): string {
  switch (window.kind) {
    case 'lifetime':
      return 'in all';
    case 'calendar':
      return `per ${window.period} (${window.timeZone})`;
    case 'rolling':
      return `in any ${durationText(window.windowMs)}`;
    case 'session':
      return `per ${durationText(window.windowMs)} from first use`;
  }
}

function durationText(ms: number): string {
  const units: readonly [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ];
  const [name, size] = units.find(([, unitMs]) => ms % unitMs === 0) ?? ['ms', 1];
  return `${ms / size} ${name}`;
}
