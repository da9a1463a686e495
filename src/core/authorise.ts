import type { Account, Project } from './account.ts';
import { SAID_OF_USERS, withinRole, type ClusterUser } from './clusterUser.ts';
import { deny, type Denial, type DenialCode } from './denial.ts';
import type { Key, KeyClass, ParentKey } from './key.ts';
import type { AddressSet } from './network.ts';
import type { SecretEnd } from './secret.ts';
import { accessTo, isSafeMethod, type Access, type Resource } from './scope.ts';

/** Everything the decision needs to know of a key. Built once when the key is read, shared by all its requests. */
export interface KeyRecord {
  readonly key: Key;
  readonly project: Project | null;
  readonly account: Account;
  /** Compiled from `key.ipAllow` and `key.ipDeny`; null where the list is empty. */
  readonly allow: AddressSet | null;
  readonly deny: AddressSet | null;
  /** The value it was found by; left out for users. */
  readonly secret?: SecretEnd;
  /** It belongs to another region than this node's: it is unknown here. */
  readonly elsewhere?: boolean;
  /** The project's lists, on top of the key's; left out where it has none. */
  readonly projectAllow?: AddressSet | null;
  readonly projectDeny?: AddressSet | null;
  /** Of a temporary key: what it was made from, as it is now; its lists are compiled too. Left out for others. */
  readonly parent?: { readonly key: ParentKey; readonly allow: AddressSet | null; readonly deny: AddressSet | null };
  /** Of a user name and password, whose `key` is made up of the user; left out for keys. */
  readonly user?: ClusterUser;
}

/**
 * What the request wants. `list`: see what may be called, which every key may. `path`: behind the service’s name; null:
 * it cannot be told, or servers may read it in more than one way.
 */
export type Wanted =
  | { readonly kind: 'list' }
  | { readonly kind: 'model'; readonly resource: Resource | null }
  | {
      readonly kind: 'service';
      readonly resource: Resource | null;
      readonly method: string;
      readonly path?: string | null;
    };

/**
 * The decision of every door, in its one order: known key, right class, status, account, expiry, address, scope.
 * Limits come after it (service/admission), because they change something and this does not.
 * `address` null: the client's address could not be told, which passes only where no list is set.
 */
export function authorise(
  record: KeyRecord | undefined,
  address: string | null,
  nowMs: number,
  wanted: Wanted,
): Denial | undefined {
  return authenticate(record, address, nowMs) ?? (record && withinScope(record, wanted));
}

/**
 * The part of the decision that needs no resource: it is made before a request's body is read. A temporary key passes
 * where a standard one does, and only while its parent would.
 */
export function authenticate(
  record: KeyRecord | undefined,
  address: string | null,
  nowMs: number,
  as: KeyClass = 'standard',
): Denial | undefined {
  if (record === undefined || record.key.deletedAtMs !== null || record.elsewhere) return deny('invalid_api_key');
  const { key, parent } = record;
  const isTemporary = key.class === 'temporary';
  if ((isTemporary ? 'standard' : key.class) !== as) return deny('insufficient_scope', WRONG_CLASS[key.class]);
  if (isTemporary && parent?.key.deletedAtMs !== null) return deny('invalid_api_key');
  if (key.status === 'disabled') return refusal(record, 'key_disabled');
  if (parent?.key.status === 'disabled') return deny('key_disabled', PARENT_DISABLED);
  if (record.account.status === 'suspended') return refusal(record, 'account_suspended');
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return refusal(record, 'key_expired');
  const parentEndsAtMs = parent?.key.expiresAtMs ?? null;
  if (parentEndsAtMs !== null && parentEndsAtMs <= nowMs) return deny('key_expired', PARENT_EXPIRED);
  return addressDenial(record, address);
}

const PARENT_DISABLED = 'The API key that this temporary key was made from is disabled. Ask its owner to enable it.';
const PARENT_EXPIRED = 'The API key that this temporary key was made from has expired. Ask its owner for another.';

const WRONG_CLASS: Record<KeyClass, string> = {
  management: 'This is a management key: it opens the management API and no model. Use a standard key here.',
  temporary:
    'This is a temporary key: it opens models and services, not the management API. Use a management key here.',
  standard: 'This key opens models and services, not the management API. Use a management key here.',
};

function refusal({ user }: KeyRecord, code: DenialCode): Denial {
  return deny(code, user && SAID_OF_USERS[code]);
}

/** All pass: the project's lists, the key's, and its parent's if it has one. Deny beats allow; an empty allow list admits every address. */
export function addressDenial(record: KeyRecord, address: string | null): Denial | undefined {
  const { allow, deny: denied, projectAllow, projectDeny } = record;
  const { parent } = record;
  if (address === null)
    return (allow ?? denied ?? projectAllow ?? projectDeny ?? parent?.allow ?? parent?.deny)
      ? deny('ip_not_allowed', ADDRESS_UNKNOWN)
      : undefined;
  if (projectDeny?.has(address) || (projectAllow && !projectAllow.has(address)))
    return deny('ip_not_allowed', NOT_OF_PROJECT);
  if (denied?.has(address) || (allow && !allow.has(address))) return refusal(record, 'ip_not_allowed');
  if (parent?.deny?.has(address) || (parent?.allow && !parent.allow.has(address))) return deny('ip_not_allowed');
  return undefined;
}

const NOT_OF_PROJECT =
  'This project may not be used from this address. Ask an admin of the project to change its address lists.';

/** Somebody whose proxy is set up wrong would otherwise look for the fault in the key's lists. */
const ADDRESS_UNKNOWN =
  'This API key may be used from some addresses only, and the address of this call cannot be told. Ask the operator to check what the proxies in front say of their clients.';

/** When a key ends: a temporary one no later than its parent; null: never. */
export function endOf({ key, parent }: Pick<KeyRecord, 'key' | 'parent'>): number | null {
  const ends = [key.expiresAtMs, parent?.key.expiresAtMs ?? null].filter((endMs) => endMs !== null);
  return ends.length > 0 ? Math.min(...ends) : null;
}

/** What a key gives to a resource: of a temporary one no more than its parent does now. */
export function accessOf({ key, parent }: Pick<KeyRecord, 'key' | 'parent'>, resource: Resource): Access | undefined {
  const own = accessTo(key.scope, resource);
  if (!own || !parent) return own;
  const most = accessTo(parent.key.scope, resource);
  return own === 'read' ? most && own : most;
}

function withinScope(record: KeyRecord, wanted: Wanted): Denial | undefined {
  switch (wanted.kind) {
    case 'list':
      return undefined;
    case 'model':
      return wanted.resource && accessOf(record, wanted.resource) ? undefined : deny('model_not_found');
    case 'service': {
      const access = wanted.resource && accessOf(record, wanted.resource);
      if (!access) return deny('service_not_allowed');
      if (access === 'read' && !isSafeMethod(wanted.method)) {
        return deny(
          'insufficient_scope',
          'This API key may only read from this service (GET, HEAD, OPTIONS). Ask its owner for write access.',
        );
      }
      return record.user && withinRole(record.user, wanted.method, wanted.path ?? null);
    }
  }
}
