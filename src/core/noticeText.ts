import type { LimitState, LimitWindow, Unit } from './limit.ts';
import type { Notice, Percent, Unusual } from './notice.ts';
import { formatMoney } from './price.ts';

/** What a text calls its subject by. */
type Named = Pick<Notice, 'subjectType' | 'subjectName' | 'masked'>;

const DAY_MS = 86_400_000;

/** `Key "shop" (kw_Ab***wxyz) has used 80 % of its limit: 812 of 1000 tokens this month (UTC).` */
export function limitText(named: Named, { applied: { limit }, used }: LimitState, percent: Percent): string {
  const { unit, amount, window } = limit;
  const share = percent === 100 ? 'has used up its limit' : `has used ${percent} % of its limit`;
  const words = unit === 'cost' ? 'spent' : unit;
  return `${naming(named)} ${share}: ${quantity(unit, used)} of ${quantity(unit, amount)} ${words} ${periodText(window)}.`;
}

/** `Key "shop" (kw_Ab***wxyz) expires in 3 days, on 2026-03-01 at 09:30 UTC.` */
export function expiryText(named: Named, expiresAtMs: number, nowMs: number): string {
  const moment = new Date(expiresAtMs).toISOString();
  const on = `on ${moment.slice(0, 10)} at ${moment.slice(11, 16)} UTC`;
  const left = Math.ceil((expiresAtMs - nowMs) / DAY_MS);
  if (left <= 0) return `${naming(named)} expired ${on}.`;
  return `${naming(named)} expires in ${left} ${left === 1 ? 'day' : 'days'}, ${on}.`;
}

/** `Key "shop" (kw_Ab***wxyz) is due for rotation: its value is more than 90 days old.` */
export function rotationText(named: Named, days: number): string {
  return `${naming(named)} is due for rotation: its value is more than ${days} ${days === 1 ? 'day' : 'days'} old.`;
}

/** `Key "shop" (kw_Ab***wxyz) was reported as leaked, and is disabled. A leak report says what to do now.` */
export function leakText(named: Named, isDisabled: boolean): string {
  const done = isDisabled ? 'was reported as leaked, and is disabled' : 'was reported as leaked, and still works';
  return `${naming(named)} ${done}. A leak report says what to do now.`;
}

/** `Key "shop" (kw_Ab***wxyz) was used from 192.0.2.7, for the first time. Before it was used from 2 other addresses.` */
export function unusualText(named: Named, what: Unusual): string {
  if ('address' in what)
    return `${naming(named)} was used from ${what.address}, for the first time. Before it was used from ${what.others} other ${what.others === 1 ? 'address' : 'addresses'}.`;
  if ('refused' in what) return `${naming(named)} was refused ${what.refused} times within an hour.`;
  return `${naming(named)} has used ${what.amount} ${what.unit} within an hour, ${what.times} times as much as in its busiest hour before.`;
}

/** `Webhook "https://…" is paused: it has failed for 3 days.` */
export function pausedText(named: Named, reason: string): string {
  return `${naming(named)} is paused: ${reason}`;
}

/** A notice as JSON, in answers and in webhooks. */
export function noticeJson(notice: Notice) {
  const { id, kind, accountId, projectId, subjectType, subjectId, subjectName, masked, limitId, unit, window } = notice;
  const { threshold, used, amount, expiresAtMs, details, createdAtMs, text } = notice;
  return {
    id,
    kind,
    accountId,
    projectId,
    subject: { type: subjectType, id: subjectId, name: subjectName, masked },
    limit: limitId === null ? null : { id: limitId, unit, window },
    threshold,
    used: unit === null || used === null ? null : wireQuantity(unit, used),
    amount: unit === null || amount === null ? null : wireQuantity(unit, amount),
    expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    details,
    text,
    createdAt: new Date(createdAtMs).toISOString(),
  };
}

function naming({ subjectType, subjectName, masked }: Named): string {
  const type = subjectType.charAt(0).toUpperCase() + subjectType.slice(1);
  return `${type} "${subjectName}"${masked === null ? '' : ` (${masked})`}`;
}

function periodText(window: LimitWindow): string {
  return window.kind === 'calendar' ? `this ${window.period} (${window.timeZone})` : 'in all';
}

function quantity(unit: Unit, amount: bigint): string {
  return unit === 'cost' ? formatMoney(amount) : String(amount);
}

/** As limits are answered: whole numbers, costs as decimal strings. */
function wireQuantity(unit: Unit, amount: bigint): number | string {
  return unit === 'cost' ? formatMoney(amount) : Number(amount);
}
