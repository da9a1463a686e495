import type { Clock } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { Fault } from '../core/fault.ts';
import { keyState, plainKey, type Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { Scope } from '../core/scope.ts';
import { isLiving, type SecretStore } from '../core/secret.ts';
import { beyondParent, latestEnd } from '../core/temporary.ts';
import type { CreatedKey } from './creation.ts';
import type { Directory } from './directory.ts';
import { createRuleCheck } from './keyRules.ts';
import { faulty, type Keys } from './keys.ts';
import { limitErrors, limitsFrom, type LimitDraft } from './limitDraft.ts';
import { mismatch, replayOf } from './replays.ts';
import { resolveScope } from './scopes.ts';
import { makeValue, type ValueMaking } from './values.ts';

/** A temporary key as asked for. What is left out is as its parent has it. */
export interface TemporaryDraft {
  readonly lifeMs: number;
  readonly name?: string;
  readonly description?: string;
  readonly environment?: string | null;
  readonly scope?: Scope;
  readonly ipAllow?: readonly string[];
  readonly ipDeny?: readonly string[];
  readonly limits?: readonly LimitDraft[];
}

/**
 * Makes temporary keys. Who may: those who may change the parent, and the parent itself by its value (http/manage/guard),
 * whose keys end with that value. Throws `not_found` for every parent the caller may not know.
 */
export interface TemporaryKeys {
  /** `token`: the Idempotency-Key; the same again makes nothing again. */
  create(caller: Caller, parentId: string, draft: TemporaryDraft, token: string | null): Promise<CreatedKey>;
}

export function createTemporaryKeys(
  options: ValueMaking & {
    keys: Pick<Keys, 'get'>;
    keyStore: Pick<KeyStore, 'create' | 'get'>;
    secrets: Pick<SecretStore, 'list'>;
    policies: Pick<PolicyStore, 'ofAccount' | 'ofProject'>;
    directory: Directory;
    clock: Clock;
  },
): TemporaryKeys {
  const { keys, keyStore, secrets, directory, clock, newId } = options;
  const rules = createRuleCheck(options);

  /** The value the parent calls with, of those it has; undefined: it is somebody else who calls. */
  async function ownSecret(caller: Caller, parent: Key) {
    if (caller.kind !== 'key' || caller.id !== parent.id) return undefined;
    const secret = (await secrets.list(parent.id)).find(({ id }) => id === caller.secretId);
    if (secret && isLiving(secret, clock())) return secret;
    throw new Fault('conflict', 'The value that this call was made with has ended meanwhile. Use the newer one.');
  }

  async function madeBefore(keyId: string): Promise<CreatedKey> {
    const key = await keyStore.get(keyId);
    if (key?.deletedAtMs === null) return { key, value: null };
    throw new Fault('conflict', 'The key that this Idempotency-Key made is gone. Use a new one to make another key.');
  }

  return {
    async create(caller, parentId, draft, token) {
      const parent = await keys.get(caller, parentId);
      const nowMs = clock();
      refuseParent(parent, nowMs);
      const scope = resolveScope(directory, parent.projectId ?? '', draft.scope ?? { mode: 'all' });
      const limits = draft.limits ?? [];
      const errors = scope.ok ? beyondParent(scope.scope, parent) : [...scope.errors];
      errors.push(...limitErrors(limits, '/limits'));
      if (!scope.ok || errors.length > 0) throw faulty(errors);

      const ownValue = await ownSecret(caller, parent);
      const { accountId, projectId } = parent;
      const id = newId('key');
      // Never kept, whatever the account does with values: it is over before anybody has to look it up.
      const { value, secret } = makeValue(options, { id, accountId }, { nowMs });
      const name = draft.name ?? nameAfter(parent.name);
      const { region } = parent;
      const plain = { id, accountId, projectId, class: 'temporary', name, masked: secret.masked, region } as const;
      const most = latestEnd({ createdAtMs: nowMs }, parent);
      const key: Key = {
        ...plainKey({ ...plain, createdBy: caller.id, createdAtMs: nowMs }),
        parentKeyId: parent.id,
        parentSecretId: ownValue?.id ?? null,
        description: draft.description ?? '',
        environment: draft.environment === undefined ? parent.environment : draft.environment,
        scope: scope.scope,
        ipAllow: draft.ipAllow ?? [],
        ipDeny: draft.ipDeny ?? [],
        expiresAtMs: Math.min(nowMs + draft.lifeMs, most, ownValue?.endsAtMs ?? Infinity),
      };
      // How long keys may live here is the one thing that is asked of it and not of its parent.
      const tooLong = (await rules.making(key)).map(({ detail }) => ({ pointer: '/ttlSeconds', detail }));
      if (tooLong.length > 0) throw faulty(tooLong);
      const replay = token === null ? undefined : replayOf(`${caller.id} ${parent.id}`, draft, token, nowMs);
      const stored = limitsFrom(limits, { type: 'key', id }, accountId, { newId, nowMs });
      const outcome = await keyStore.create(key, secret, replay, stored);
      if (outcome.created) return { key, value };
      if (outcome.fingerprint !== replay?.fingerprint) throw mismatch();
      return madeBefore(outcome.keyId);
    },
  };
}

/** Of whom none are made: nobody would get in with them. */
function refuseParent(parent: Key, nowMs: number): void {
  if (parent.class !== 'standard') throw new Fault('conflict', NOT_STANDARD[parent.class]);
  const state = keyState(parent, nowMs);
  if (state !== 'active')
    throw new Fault('conflict', `This key is ${state}, so a temporary key made from it would open nothing.`);
}

const NOT_STANDARD = {
  management: 'This is a management key, which opens no model: only standard keys have temporary ones.',
  temporary: 'A temporary key makes no others. Use the key that it was made from.',
} as const;

/** At most as long as a name may be. */
function nameAfter(name: string): string {
  const mark = ' (temporary)';
  return `${Array.from(name)
    .slice(0, 64 - mark.length)
    .join('')}${mark}`;
}
