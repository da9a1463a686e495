import { z } from 'zod';
import { isTimeZone, periodOf } from '../../../core/calendar.ts';
import { invalidField } from '../../../core/fault.ts';
import type { LimitWindow, Unit } from '../../../core/limit.ts';
import { formatMoney, parseMoney } from '../../../core/price.ts';
import { MOST_LIMITS } from '../../../core/limit.ts';
import type { LimitDraft } from '../../../service/limitDraft.ts';
import type { LimitView } from '../../../service/limits.ts';
import { momentOut, toMoment, toMomentOrNull } from './fields.ts';

const UNITS = ['requests', 'tokens', 'cost', 'concurrency'] as const satisfies readonly Unit[];
const LONGEST_SECONDS = 366 * 86_400;
/** Below what a JSON number can hold exactly, and far below what the store can. */
const MOST = 1_000_000_000_000_000;

const seconds = z
  .int()
  .min(1)
  .max(LONGEST_SECONDS)
  .describe('Length, from 1 second to 366 days (31622400).')
  .meta({ examples: [18_000] });

const NO_ZONE =
  'There is no such time zone. Zones are named as in the IANA database, like `Europe/Berlin`, `Asia/Shanghai` or `UTC`; offsets are not taken.';

/** Answers the zone in its usual spelling, so that `europe/berlin` is no other zone. */
const timeZone = z
  .string()
  .max(64)
  .transform((name, context) => {
    // Offsets would hold for half a year where clocks change, so only names are taken.
    if (/^[A-Za-z]/.test(name) && isTimeZone(name))
      return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
    context.addIssue({ code: 'custom', message: NO_ZONE });
    return z.NEVER;
  })
  .default('UTC')
  .describe('Name of the time zone whose days count.');

const windowField = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('session'), seconds }),
      z.strictObject({ kind: z.literal('rolling'), seconds }),
      z.strictObject({ kind: z.literal('calendar'), period: z.enum(['day', 'week', 'month']), timeZone }),
      z.strictObject({ kind: z.literal('lifetime') }),
    ],
    {
      error: (issue) =>
        issue.code === 'invalid_union' ? 'This must be `session`, `rolling`, `calendar` or `lifetime`.' : undefined,
    },
  )
  .meta({
    description:
      'Over what it counts: `{"kind":"session","seconds"}` opens with the first use and lasts so long; `{"kind":"rolling","seconds"}`: no span of that length holds more; `{"kind":"calendar","period":"day"|"week"|"month","timeZone"}`, weeks from Monday; `{"kind":"lifetime"}`: until it is reset. Concurrency has none.',
    examples: [{ kind: 'rolling', seconds: 60 }],
  });

const amountField = z
  .union([z.number(), z.string().max(40)], { error: 'This must be a whole number; for `cost` a decimal in a string.' })
  .meta({
    description:
      'At most so much: a whole number, for `cost` a decimal string in the platform’s currency. 0 lets nothing pass.',
    examples: [1000, '25.00'],
  });

/** A limit in requests. */
export const limitField = z
  .strictObject({
    unit: z
      .enum(UNITS)
      .describe('What is counted; `tokens`: input and output together; `concurrency`: calls under way.'),
    amount: amountField,
    window: windowField.exactOptional(),
  })
  .transform(({ unit, amount, window }, context): LimitDraft => {
    const read = readAmount(unit, amount);
    if (typeof read === 'string') context.addIssue({ code: 'custom', message: read, path: ['amount'] });
    const misfit = windowMisfit(unit, window);
    if (misfit !== null) context.addIssue({ code: 'custom', message: misfit, path: ['window'] });
    if (typeof read === 'string' || misfit !== null) return z.NEVER;
    return { unit, amount: read, window: toWindow(window) };
  });

export const limitsField = z.array(limitField).max(MOST_LIMITS);

export const limitChange = z.strictObject({ amount: amountField });

/** The amount of a limit whose unit is known; throws what is wrong with it. */
export function amountOf(unit: Unit, given: number | string): bigint {
  const read = readAmount(unit, given);
  if (typeof read === 'string') throw invalidField('/amount', read);
  return read;
}

/** The amount, or what is wrong with it. */
function readAmount(unit: Unit, given: number | string): bigint | string {
  if (unit === 'cost') {
    const nano = typeof given === 'string' ? parseMoney(given) : null;
    return nano ?? 'A cost must be a decimal in a string, like "25.00", below 10^9 and with at most 9 decimals.';
  }
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0 && given <= MOST) return BigInt(given);
  return `The amount of ${unit} must be a whole number from 0 to ${MOST}.`;
}

type Window = z.output<typeof windowField> | undefined;

function windowMisfit(unit: Unit, window: Window): string | null {
  if (unit === 'concurrency')
    return window === undefined ? null : 'Concurrency counts calls under way and has no window. Leave it out.';
  return window === undefined ? 'This is required: say over what is counted.' : null;
}

function toWindow(window: Window): LimitWindow {
  if (window === undefined) return { kind: 'lifetime' };
  return 'seconds' in window ? { kind: window.kind, windowMs: window.seconds * 1000 } : window;
}

const amountOut = z.union([z.int(), z.string()]);

export const limitOut = z
  .object({
    id: z.string().meta({ examples: ['lim_6hW0cQvT3xYb9RkE2mPd'] }),
    subject: z
      .object({ type: z.enum(['key', 'project', 'account', 'template']), id: z.string() })
      .describe('What it is set on.'),
    unit: z.enum(UNITS),
    amount: amountOut.describe('A whole number; for `cost` a decimal string.'),
    window: z
      .object({
        kind: z.enum(['session', 'rolling', 'calendar', 'lifetime']),
        seconds: z.int().optional(),
        period: z.enum(['day', 'week', 'month']).optional(),
        timeZone: z.string().optional(),
      })
      .nullable()
      .describe('Null for concurrency.'),
    used: amountOut
      .nullable()
      .describe(
        'By calls that have ended. Null, as the next three, for a limit of a template by itself: it counts for each key apart.',
      ),
    reserved: amountOut.nullable().describe('Held for calls under way: the most they can use.'),
    remaining: amountOut.nullable().describe('Never negative.'),
    resetsAt: momentOut
      .nullable()
      .describe(
        'When use will leave the window by itself: the end of the session or period; of a rolling window the end of its oldest use. Null: not by itself, or nothing is used.',
      ),
    createdAt: momentOut,
  })
  .meta({ id: 'Limit', description: 'At most so much of a unit per window, and where it stands.' });

/** `nowMs` tells the end of a calendar period in which nothing has been used yet. */
export function toLimitOut({ limit, state }: LimitView, nowMs: number): z.output<typeof limitOut> {
  const { id, subject, unit, window, createdAtMs } = limit;
  const shown = (amount: bigint) => (unit === 'cost' ? formatMoney(amount) : Number(amount));
  const counted = state && {
    used: shown(state.used),
    reserved: shown(state.reserved),
    remaining: shown(state.remaining),
    resetsAt: toMomentOrNull(state.freesAtMs ?? periodEnd(unit, window, nowMs)),
  };
  return {
    id,
    subject: { ...subject },
    unit,
    amount: shown(limit.amount),
    window: unit === 'concurrency' ? null : toWindowOut(window),
    ...(counted ?? { used: null, reserved: null, remaining: null, resetsAt: null }),
    createdAt: toMoment(createdAtMs),
  };
}

function periodEnd(unit: Unit, window: LimitWindow, nowMs: number): number | null {
  if (unit === 'concurrency' || window.kind !== 'calendar') return null;
  return periodOf(window.period, window.timeZone, nowMs).endMs;
}

function toWindowOut(window: LimitWindow): NonNullable<z.output<typeof limitOut>['window']> {
  return 'windowMs' in window ? { kind: window.kind, seconds: window.windowMs / 1000 } : { ...window };
}
