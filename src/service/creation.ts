import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Clock } from '../core/ambient.ts';
import { isOperator, reaches, type Caller, type Place } from '../core/caller.ts';
import { Fault, type FieldError } from '../core/fault.ts';
import type { Key, KeyClass, KeyStatus } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { LimitStore } from '../core/limitStore.ts';
import type { PolicyStore } from '../core/policy.ts';
import { NO_REGIONS, type Regions } from '../core/region.ts';
import type { Replay } from '../core/replay.ts';
import { decide } from '../core/role.ts';
import type { Scope } from '../core/scope.ts';
import type { AttemptStore } from '../core/session.ts';
import { forbidden, type Access } from './access.ts';
import { createChoosing } from './choosing.ts';
import { createDelegation } from './delegation.ts';
import type { Directory } from './directory.ts';
import { chosenGroup } from './grouping.ts';
import { createRuleCheck } from './keyRules.ts';
import { faulty, scopeOf, templateErrors } from './keys.ts';
import { limitErrors, limitsFrom, type LimitDraft } from './limitDraft.ts';
import { mismatch, replayOf } from './replays.ts';
import { livingScope } from './scopes.ts';
import { makeValue, type ValueMaking } from './values.ts';

/** A key as asked for. What is left out comes from `copyFrom`, else from the defaults. */
export interface KeyDraft {
  readonly name: string;
  readonly description?: string;
  readonly environment?: string | null;
  readonly scope?: Scope;
  readonly ipAllow?: readonly string[];
  readonly ipDeny?: readonly string[];
  readonly expiresAtMs?: number | null;
  readonly status?: KeyStatus;
  readonly class?: Exclude<KeyClass, 'temporary'>;
  /** Of the key's own; made with it or not at all. */
  readonly limits?: readonly LimitDraft[];
  readonly limitTemplateId?: string | null;
  /** A group's id or name. */
  readonly groupId?: string | null;
  /** Left out: this node's. */
  readonly region?: string;
  readonly rotateEveryDays?: number | null;
  /** Chosen by whoever makes it; left out: one is generated. */
  readonly value?: string;
  /** Id of a key of the same place whose settings are taken over. */
  readonly copyFrom?: string;
}

export interface CreatedKey {
  readonly key: Key;
  /** The plaintext, here and nowhere else; null when the same creation was sent before. */
  readonly value: string | null;
}

/** Makes keys. */
export interface KeyCreation {
  /** `place` must be one the caller reaches. `token`: the Idempotency-Key; the same again makes nothing again. */
  create(caller: Caller, place: Place, draft: KeyDraft, token: string | null): Promise<CreatedKey>;
  /** What the same creation made before; undefined when it was not sent. Judges nothing that may have changed since. */
  replay(caller: Caller, place: Place, draft: KeyDraft, token: string): Promise<CreatedKey | undefined>;
}

export function createKeyCreation(
  options: ValueMaking & {
    keys: Pick<KeyStore, 'create' | 'get' | 'findReplay'>;
    limits: Pick<LimitStore, 'list' | 'getTemplate'>;
    access: Pick<Access, 'key'>;
    directory: Directory;
    policies: Pick<PolicyStore, 'ofAccount' | 'ofProject'>;
    attempts: Pick<AttemptStore, 'spend'>;
    /** Left out: there are none. */
    regions?: Regions;
    clock: Clock;
  },
): KeyCreation {
  const { keys, limits, access, directory, policies, regions = NO_REGIONS, clock, newId, hashValue } = options;
  const choosing = createChoosing(options);
  const delegation = createDelegation({ keys });
  const rules = createRuleCheck(options);

  async function sourceOf(caller: Caller, place: Place, id: string | undefined): Promise<Key | undefined> {
    if (id === undefined) return undefined;
    const source = await keys.get(id);
    const usable =
      source?.deletedAtMs === null &&
      reaches(caller, source) &&
      source.projectId === place.projectId &&
      source.accountId === place.accountId;
    const missing = faulty([{ pointer: '/copyFrom', detail: `There is no key ${id.slice(0, 80)} here to copy from.` }]);
    if (!usable) throw missing;
    await access.key(caller, 'keys.read', source).catch((error: unknown) => {
      throw error instanceof Fault && error.status < 500 ? missing : error;
    });
    return source;
  }

  function scopeFor(
    draft: KeyDraft,
    source: Key | undefined,
    target: Pick<Key, 'class' | 'projectId'>,
  ): ReturnType<typeof scopeOf> {
    if (draft.scope) return scopeOf(directory, target, draft.scope);
    if (target.class === 'management') return { ok: true, scope: { mode: 'all' } };
    const copied = source && livingScope(directory, target.projectId ?? '', source.scope);
    if (copied) return { ok: true, scope: copied };
    const detail = source
      ? 'Nothing that the copied key opens exists any more. Say what the new key may open.'
      : 'Say what the key may open: {"mode":"all"} for everything in the project, or {"mode":"range","resources":[…]}.';
    return { ok: false, errors: [{ pointer: '/scope', detail }] };
  }

  /** What is remembered of a creation is a plain hash of it, which must not be one of a value that somebody chose. */
  function hashed(draft: KeyDraft): KeyDraft {
    return draft.value === undefined ? draft : { ...draft, value: hashValue(draft.value) };
  }

  async function limitsFor(draft: KeyDraft, source: Key | undefined): Promise<readonly LimitDraft[]> {
    if (draft.limits || !source) return draft.limits ?? [];
    return limits.list({ type: 'key', id: source.id });
  }

  return {
    async replay(caller, place, draft, token) {
      const asked = replayOf(ownerOf(caller, place), hashed(draft), token, clock());
      const earlier = await keys.findReplay(asked);
      return earlier && { key: await madeBefore(earlier, asked), value: null };
    },
    async create(caller, place, draft, token) {
      const source = await sourceOf(caller, place, draft.copyFrom);
      const nowMs = clock();
      const policy = await policies.ofAccount(place.accountId);
      const keyClass = draft.class ?? (source?.class === 'management' ? 'management' : 'standard');
      if (keyClass === 'management') mayMakeManagementKeys(caller, place);
      const scope = scopeFor(draft, source, { class: keyClass, projectId: place.projectId });
      const errors: FieldError[] = scope.ok ? [] : [...scope.errors];
      if (source && source.class !== keyClass)
        errors.push(
          source.class === 'temporary'
            ? { pointer: '/copyFrom', detail: 'A temporary key is not copied. Copy the key that it was made from.' }
            : { pointer: '/class', detail: `The copied key is a ${source.class} key; its copy is one too.` },
        );
      const limitTemplateId =
        draft.limitTemplateId === undefined ? (source?.limitTemplateId ?? null) : draft.limitTemplateId;
      const keyLimits = await limitsFor(draft, source);
      if (keyClass === 'management' && keyLimits.length > 0)
        errors.push({ pointer: '/limits', detail: 'A management key makes no calls that are counted. Leave it out.' });
      errors.push(
        ...limitErrors(keyLimits, '/limits'),
        ...(await templateErrors(limits, { class: keyClass, accountId: place.accountId }, limitTemplateId)),
      );
      errors.push(...regionErrors(regions, keyClass, draft.region));
      if (draft.value !== undefined)
        errors.push(...(await choosing.errors(caller, place, { name: draft.name, value: draft.value }, keyClass)));
      if (!scope.ok || errors.length > 0) throw faulty(errors);
      const asked = draft.groupId === undefined ? (source?.groupId ?? null) : draft.groupId;
      const groupId = chosenGroup(directory, { ...place, class: keyClass }, asked);

      const id = newId('key');
      const { value, secret } = makeValue(
        options,
        { id, accountId: place.accountId },
        { nowMs, given: draft.value, policy },
      );
      const key: Key = {
        id,
        ...place,
        class: keyClass,
        parentKeyId: null,
        parentSecretId: null,
        name: draft.name,
        description: draft.description ?? source?.description ?? '',
        environment: draft.environment === undefined ? (source?.environment ?? null) : draft.environment,
        masked: secret.masked,
        status: draft.status ?? 'active',
        scope: scope.scope,
        ipAllow: draft.ipAllow ?? source?.ipAllow ?? [],
        ipDeny: draft.ipDeny ?? source?.ipDeny ?? [],
        expiresAtMs:
          draft.expiresAtMs === undefined ? stillAhead(source?.expiresAtMs ?? null, nowMs) : draft.expiresAtMs,
        limitTemplateId,
        groupId,
        region: keyClass === 'management' ? null : (draft.region ?? source?.region ?? regions.own),
        isDefault: false,
        rotateEveryDays:
          draft.rotateEveryDays === undefined ? (source?.rotateEveryDays ?? null) : draft.rotateEveryDays,
        createdBy: caller.id,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        lastUsedAtMs: null,
        lastUsedAddress: null,
        deletedAtMs: null,
      };
      const broken = await rules.making(key);
      if (broken.length > 0) throw faulty(broken);
      await delegation.making(caller, key);
      const replay = token === null ? undefined : replayOf(ownerOf(caller, place), hashed(draft), token, nowMs);
      const subject = { type: 'key', id: key.id } as const;
      const stored = limitsFrom(keyLimits, subject, key.accountId, { newId, nowMs });
      const outcome = await keys.create(key, secret, replay, stored, { capped: true });
      return outcome.created ? { key, value } : { key: await madeBefore(outcome, replay), value: null };
    },
  };

  async function madeBefore(
    earlier: { readonly keyId: string; readonly fingerprint: string },
    asked: Replay | undefined,
  ): Promise<Key> {
    if (earlier.fingerprint !== asked?.fingerprint) throw mismatch();
    const key = await keys.get(earlier.keyId);
    if (key?.deletedAtMs === null) return key;
    throw new Fault(
      'conflict',
      'The key that this Idempotency-Key made has been deleted since. Use a new one to make another key.',
    );
  }
}

/** Standard keys may be anyone's of the project to make; those that call this API are admins'. */
function mayMakeManagementKeys(caller: Caller, place: Place): void {
  const permission = place.projectId === null ? 'accountKeys.manage' : 'managementKeys.manage';
  const isPlatforms = place.accountId === PLATFORM_ACCOUNT_ID;
  if (decide(caller, permission, place) !== 'allowed' || (isPlatforms && !isOperator(caller))) throw forbidden();
}

/** Management keys belong to no region: what they look after is in all of them. */
function regionErrors({ all }: Regions, keyClass: KeyClass, region: string | undefined): FieldError[] {
  if (region === undefined) return [];
  const pointer = '/region';
  if (keyClass === 'management') return [{ pointer, detail: 'A management key works in every region. Leave it out.' }];
  if (all.some(({ id }) => id === region)) return [];
  const names = all.map(({ id }) => id).join(', ');
  const detail =
    names === '' ? 'This platform has no regions. Leave it out.' : `The regions are ${names}. Choose one of them.`;
  return [{ pointer, detail }];
}

function stillAhead(expiresAtMs: number | null, nowMs: number): number | null {
  return expiresAtMs !== null && expiresAtMs > nowMs ? expiresAtMs : null;
}

function ownerOf(caller: Caller, place: Place): string {
  return `${caller.id} ${place.projectId ?? place.accountId}`;
}
