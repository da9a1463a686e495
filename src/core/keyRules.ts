import type { FieldError } from './fault.ts';
import type { Key } from './key.ts';

/** What an account or a project asks of its keys. A key is bound by both: the stricter of the two holds. */
export interface KeyRules {
  /** How long a key may live, counted from when it was made; one that never expires lives too long. Null: as long as it likes. */
  readonly maxKeyLifetimeDays: number | null;
  readonly requireExpiry: boolean;
  /** A key names where it may be used from, or its project does. */
  readonly requireAddresses: boolean;
  /** Standard keys name what they open. */
  readonly requireRangeScope: boolean;
}

export const NO_RULES: KeyRules = {
  maxKeyLifetimeDays: null,
  requireExpiry: false,
  requireAddresses: false,
  requireRangeScope: false,
};

export const MOST_LIFETIME_DAYS = 3650;

/** The fields of a key that rules are about. */
export const RULED_FIELDS = ['expiresAtMs', 'ipAllow', 'scope'] as const;
export type RuledField = (typeof RULED_FIELDS)[number];

const DAY_MS = 86_400_000;

/**
 * Networks so wide (fewer than 8 bits) that a list with one of them binds a key to nowhere: a handful of them is every
 * address there is, and no 50 of the narrower ones are.
 */
const WIDE = /\/[0-7]$/;

/** Whether a canonical allow list leaves addresses open as if it were none. */
export function isOpenList(ipAllow: readonly string[]): boolean {
  return ipAllow.length === 0 || ipAllow.some((network) => WIDE.test(network));
}

export function stricter(one: KeyRules, other: KeyRules): KeyRules {
  const days = [one.maxKeyLifetimeDays, other.maxKeyLifetimeDays].filter((count) => count !== null);
  return {
    maxKeyLifetimeDays: days.length > 0 ? Math.min(...days) : null,
    requireExpiry: one.requireExpiry || other.requireExpiry,
    requireAddresses: one.requireAddresses || other.requireAddresses,
    requireRangeScope: one.requireRangeScope || other.requireRangeScope,
  };
}

/** When a key made then has to expire at the latest; null: nothing says. */
export function lastMoment(createdAtMs: number, { maxKeyLifetimeDays: days }: KeyRules): number | null {
  return days === null ? null : createdAtMs + days * DAY_MS;
}

/**
 * What in some fields of a key breaks rules; empty: nothing. `projectAllow` is the allow list of its project. A temporary key
 * has the scope and the lists of its parent on top of its own, so that of those only the parent is asked.
 */
export function ruleErrors(
  key: Pick<Key, RuledField | 'class' | 'createdAtMs'>,
  rules: KeyRules,
  projectAllow: readonly string[],
  fields: readonly RuledField[] = RULED_FIELDS,
): FieldError[] {
  const errors: Record<RuledField, FieldError[]> = {
    expiresAtMs: expiryErrors(key, rules),
    ipAllow:
      rules.requireAddresses && key.class !== 'temporary' && isOpenList(key.ipAllow) && isOpenList(projectAllow)
        ? [{ pointer: '/ipAllow', detail: NEEDS_ADDRESSES }]
        : [],
    scope:
      rules.requireRangeScope && key.class === 'standard' && key.scope.mode === 'all'
        ? [{ pointer: '/scope', detail: NEEDS_RANGE }]
        : [],
  };
  return fields.flatMap((field) => errors[field]);
}

function expiryErrors(
  { expiresAtMs, createdAtMs }: Pick<Key, 'expiresAtMs' | 'createdAtMs'>,
  rules: KeyRules,
): FieldError[] {
  const pointer = '/expiresAt';
  const lastMs = lastMoment(createdAtMs, rules);
  if (lastMs !== null && (expiresAtMs === null || expiresAtMs > lastMs)) {
    const last = new Date(lastMs).toISOString();
    return [
      { pointer, detail: `Keys live ${rules.maxKeyLifetimeDays} days at most here. Let this one expire by ${last}.` },
    ];
  }
  return rules.requireExpiry && expiresAtMs === null ? [{ pointer, detail: NEEDS_EXPIRY }] : [];
}

const NEEDS_EXPIRY = 'Keys have to expire here (`requireExpiry`). Say when this one does.';
const NEEDS_ADDRESSES =
  'Keys have to name the addresses they are used from here (`requireAddresses`). Name them; networks wider than /8 do not count.';
const NEEDS_RANGE =
  'Keys have to name what they open here (`requireRangeScope`). Use {"mode":"range","resources":[…]}.';
