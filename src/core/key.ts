import type { Scope } from './scope.ts';

/**
 * `standard` keys open models and services; so do `temporary` ones, for a while and never more than the key they were made
 * from; `management` keys open the management API and nothing else.
 */
export type KeyClass = 'standard' | 'temporary' | 'management';
export type KeyStatus = 'active' | 'disabled';
/** What people see, and what a refusal says: `disabled` first, `expired` once the expiry has passed. Computed, never stored. */
export type KeyState = KeyStatus | 'expired';

/** A key without its value, which is shown once and stored nowhere. */
export interface Key {
  readonly id: string;
  readonly accountId: string;
  /** Null only for management keys that reach their whole account; those of the platform account reach everything. */
  readonly projectId: string | null;
  readonly class: KeyClass;
  /** The standard key that a temporary one was made from and stands under (core/temporary.ts); null: it is none. */
  readonly parentKeyId: string | null;
  /** Which value of its parent it was made with: it ends with that; null: with none, somebody who may made it. */
  readonly parentSecretId: string | null;
  readonly name: string;
  readonly description: string;
  readonly environment: string | null;
  /** First 5 + `***` + last 4 of the value. */
  readonly masked: string;
  readonly status: KeyStatus;
  readonly scope: Scope;
  readonly ipAllow: readonly string[];
  readonly ipDeny: readonly string[];
  readonly expiresAtMs: number | null;
  /** The one that its project came with (Z02). */
  readonly isDefault: boolean;
  /** After how many days its value should be replaced; null: nobody is reminded. */
  readonly rotateEveryDays: number | null;
  /** The template whose limits count for this key too; null: none. */
  readonly limitTemplateId: string | null;
  /** The tier it is in (core/group); null: its account's default, or none. */
  readonly groupId: string | null;
  /** Whose nodes it opens something on; null: every region's. Set at creation for good. */
  readonly region: string | null;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
  readonly deletedAtMs: number | null;
}

/** What may change after creation. The value never does; the name only where the account allows it. */
export type KeyChange = Partial<
  Pick<
    Key,
    | 'name'
    | 'description'
    | 'environment'
    | 'status'
    | 'scope'
    | 'ipAllow'
    | 'ipDeny'
    | 'expiresAtMs'
    | 'limitTemplateId'
    | 'groupId'
    | 'rotateEveryDays'
  >
>;

/** What a temporary key stands under: the key it was made from, as it is now. */
export type ParentKey = Pick<
  Key,
  'id' | 'status' | 'scope' | 'groupId' | 'ipAllow' | 'ipDeny' | 'expiresAtMs' | 'deletedAtMs'
>;

/** What people see of a key's status. Expiry wins, and acts at its very millisecond, as in `authorise`. */
export function keyState(key: Pick<Key, 'status' | 'expiresAtMs'>, nowMs: number): KeyState {
  if (key.status === 'disabled') return 'disabled';
  return key.expiresAtMs !== null && key.expiresAtMs <= nowMs ? 'expired' : 'active';
}

/** A new key as it is where nobody says otherwise: it opens everything in its project, from everywhere, without end. */
export function plainKey(
  given: Pick<
    Key,
    'id' | 'accountId' | 'projectId' | 'class' | 'name' | 'masked' | 'region' | 'createdBy' | 'createdAtMs'
  >,
): Key {
  return {
    ...given,
    parentKeyId: null,
    parentSecretId: null,
    description: '',
    environment: null,
    status: 'active',
    scope: { mode: 'all' },
    ipAllow: [],
    ipDeny: [],
    expiresAtMs: null,
    isDefault: false,
    rotateEveryDays: null,
    limitTemplateId: null,
    groupId: null,
    updatedAtMs: given.createdAtMs,
    lastUsedAtMs: null,
    lastUsedAddress: null,
    deletedAtMs: null,
  };
}

/** What is wrong with a key's name, or null. Any script will do (T20); lengths count characters as people do, not bytes. */
export function nameError(name: string): string | null {
  const length = Array.from(name).length;
  if (length > 64) return `A name has at most 64 characters, and this one has ${length}.`;
  if (!VISIBLE.test(name)) return 'A name needs at least one visible character.';
  return UNPRINTABLE.test(name) || /[\t\n\r]/.test(name)
    ? 'A name cannot contain line breaks or control characters. Remove them.'
    : null;
}

/** What is wrong with a description, or null. It may be empty and may have several lines. */
export function descriptionError(description: string): string | null {
  const length = Array.from(description).length;
  if (length > 500) return `A description has at most 500 characters, and this one has ${length}.`;
  return UNPRINTABLE.test(description) ? 'A description cannot contain control characters. Remove them.' : null;
}

/** What is wrong with an environment's name, or null. */
export function environmentError(environment: string): string | null {
  return /^[a-z0-9-]{1,32}$/.test(environment)
    ? null
    : 'An environment is 1 to 32 of a-z, 0-9 and hyphen, like `prod` or `staging-2`.';
}

/** Anything but blanks, and letters and signs that are drawn as nothing: fillers, joiners, the empty Braille cell. */
const VISIBLE = /[^\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * Control characters but tab and line ends, halves of surrogate pairs (no valid UTF-8), line separators, and marks that
 * reorder text, with which one name can pass for another. NUL above all: Postgres cannot store it.
 */
const UNPRINTABLE = /[[\p{Cc}--[\t\n\r]]\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/v;
