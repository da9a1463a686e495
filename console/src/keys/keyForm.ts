import type { Aliases } from '../form/aliases.ts';
import { linesOf } from '../form/lines.ts';
import type { KeyDetails } from '../api/types.ts';

/** What someone types in; text as typed, so that nothing is lost when the server finds a fault. */
export interface KeyValues {
  readonly name?: string;
  readonly description?: string;
  readonly environment?: string;
  readonly mode: 'all' | 'range';
  /** `model:mdl_…`, as the picker has them. */
  readonly resources?: readonly string[];
  readonly ipAllow?: string;
  readonly ipDeny?: string;
  readonly expires: string;
  readonly expiresAt?: { toISOString(): string } | null;
  readonly limits?: readonly LimitValues[];
  readonly value?: string;
  readonly groupId?: string | null;
  readonly limitTemplateId?: string | null;
  readonly region?: string;
}

export interface LimitValues {
  readonly unit: 'requests' | 'tokens' | 'cost' | 'concurrency';
  readonly amount?: string;
  /** One of `WINDOWS`, or `own`: as the next three say it. */
  readonly window: string;
  readonly kind?: 'session' | 'rolling';
  readonly count?: number | null;
  /** Seconds of one of `count`. */
  readonly each?: number;
}

/** The choices of a window, and what each is to the server. Those of the seeds are sessions: they open with the first use. */
export const WINDOWS: Readonly<Record<string, object>> = {
  lifetime: { kind: 'lifetime' },
  '5h': { kind: 'session', seconds: 18_000 },
  '1d': { kind: 'session', seconds: 86_400 },
  '7d': { kind: 'session', seconds: 604_800 },
  minute: { kind: 'rolling', seconds: 60 },
  day: { kind: 'calendar', period: 'day' },
  month: { kind: 'calendar', period: 'month' },
};

const EXPIRIES: Readonly<Record<string, number>> = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365 };

/** The body of a creation. */
export function toCreation(values: KeyValues, nowMs: number): Record<string, unknown> {
  const { name = '', value = '', limitTemplateId, region } = values;
  return {
    name,
    ...toChange(values, nowMs),
    limits: (values.limits ?? []).map(toLimit),
    ...(value !== '' && { value }),
    ...(limitTemplateId && { limitTemplateId }),
    ...(region !== undefined && { region }),
  };
}

/** The body of a change: all that can be edited. */
export function toChange(values: KeyValues, nowMs: number): Record<string, unknown> {
  const { description = '', environment = '' } = values;
  return {
    description,
    environment: environment.trim() === '' ? null : environment.trim(),
    scope: toScope(values),
    ipAllow: linesOf(values.ipAllow),
    ipDeny: linesOf(values.ipDeny),
    expiresAt: toExpiry(values, nowMs),
    ...(values.groupId !== undefined && { groupId: values.groupId }),
  };
}

export function valuesOf(key: KeyDetails): Omit<KeyValues, 'expiresAt'> {
  const { scope } = key;
  return {
    description: key.description,
    environment: key.environment ?? '',
    groupId: key.groupId,
    mode: scope.mode,
    resources:
      scope.mode === 'range'
        ? scope.resources.map(({ type, id, access }) => `${type}:${id}${access === 'read' ? ':read' : ''}`)
        : [],
    ipAllow: key.ipAllow.join('\n'),
    ipDeny: key.ipDeny.join('\n'),
    expires: key.expiresAt === null ? 'never' : 'keep',
  };
}

/** The form's fields for members of the body, where they have other names. */
export const FORM_NAMES: Aliases = { scope: ['resources', 'mode'], expiresAt: ['expires'] };

function toScope({ mode, resources = [] }: KeyValues): object {
  if (mode === 'all') return { mode };
  return {
    mode,
    resources: resources.map((one) => {
      const [type, id, access] = one.split(':');
      return { type, id, ...(access !== undefined && { access }) };
    }),
  };
}

/** Undefined: it stays as it is. */
export function toExpiry(
  { expires, expiresAt }: Pick<KeyValues, 'expires' | 'expiresAt'>,
  nowMs: number,
): string | null | undefined {
  if (expires === 'keep') return undefined;
  if (expires === 'at') return expiresAt?.toISOString() ?? null;
  const days = EXPIRIES[expires];
  return days === undefined ? null : new Date(nowMs + days * 86_400_000).toISOString();
}

/** A limit as the server takes it. */
export function toLimit(values: LimitValues): object {
  const { unit, amount = '', window, kind, count, each = 1 } = values;
  const plain = amount.replaceAll(/[\s,_]/g, '');
  const given = unit === 'cost' ? plain : Number(plain);
  if (unit === 'concurrency') return { unit, amount: given };
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const chosen = window === 'own' ? { kind, seconds: (count ?? 0) * each } : (WINDOWS[window] ?? {});
  return { unit, amount: given, window: 'period' in chosen ? { ...chosen, timeZone } : chosen };
}
