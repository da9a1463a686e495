import type { Account, Project } from './account.ts';
import { deny, type Denial } from './denial.ts';
import type { Key, KeyClass } from './key.ts';
import type { AddressSet } from './network.ts';
import type { SecretEnd } from './secret.ts';
import { accessTo, isSafeMethod, type Resource } from './scope.ts';

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
}

/** What the request wants. `list`: see what may be called, which every key may. */
export type Wanted =
  | { readonly kind: 'list' }
  | { readonly kind: 'model'; readonly resource: Resource | null }
  | { readonly kind: 'service'; readonly resource: Resource | null; readonly method: string };

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

/** The part of the decision that needs no resource: it is made before a request's body is read. */
export function authenticate(
  record: KeyRecord | undefined,
  address: string | null,
  nowMs: number,
  as: KeyClass = 'standard',
): Denial | undefined {
  if (record === undefined || record.key.deletedAtMs !== null) return deny('invalid_api_key');
  const { key } = record;
  if (key.class !== as) return deny('insufficient_scope', WRONG_CLASS[key.class]);
  if (key.status === 'disabled') return deny('key_disabled');
  if (record.account.status === 'suspended') return deny('account_suspended');
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return deny('key_expired');
  return addressDenial(record, address);
}

const WRONG_CLASS: Record<KeyClass, string> = {
  management: 'This is a management key: it opens the management API and no model. Use a standard key here.',
  standard: 'This key opens models and services, not the management API. Use a management key here.',
};

/** Deny beats allow; an empty allow list admits every address. */
export function addressDenial(record: KeyRecord, address: string | null): Denial | undefined {
  if (address === null) return record.allow || record.deny ? deny('ip_not_allowed', ADDRESS_UNKNOWN) : undefined;
  if (record.deny?.has(address)) return deny('ip_not_allowed');
  if (record.allow && !record.allow.has(address)) return deny('ip_not_allowed');
  return undefined;
}

/** Somebody whose proxy is set up wrong would otherwise look for the fault in the key's lists. */
const ADDRESS_UNKNOWN =
  'This API key may be used from some addresses only, and the address of this call cannot be told. Ask the operator to check what the proxies in front say of their clients.';

function withinScope(record: KeyRecord, wanted: Wanted): Denial | undefined {
  switch (wanted.kind) {
    case 'list':
      return undefined;
    case 'model':
      return wanted.resource && accessTo(record.key.scope, wanted.resource) ? undefined : deny('model_not_found');
    case 'service': {
      const access = wanted.resource && accessTo(record.key.scope, wanted.resource);
      if (!access) return deny('service_not_allowed');
      if (access === 'read' && !isSafeMethod(wanted.method)) {
        return deny(
          'insufficient_scope',
          'This API key may only read from this service (GET, HEAD, OPTIONS). Ask its owner for write access.',
        );
      }
      return undefined;
    }
  }
}
