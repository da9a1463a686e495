import { timingSafeEqual } from 'node:crypto';
import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Clock } from '../core/ambient.ts';
import { authenticate, type KeyRecord } from '../core/authorise.ts';
import type { Caller } from '../core/caller.ts';
import { deny, type Denial } from '../core/denial.ts';
import type { Keyring } from './keyring.ts';
import type { Shapes } from './shapes.ts';

/** Tells who calls the management API. People with sessions will come through this same port. */
export interface Identities {
  /**
   * `value` is what the request presents (null: nothing), `address` the client's (null: it could not be told). `self`: the
   * id of a standard key that may call for itself here.
   */
  identify(value: string | null, address: string | null, self?: string): Promise<Caller | Denial>;
}

export function createIdentities(options: {
  keyring: Pick<Keyring, 'lookup'>;
  hashValue: (value: string) => string;
  shapes: Pick<Shapes, 'mayBeKey'>;
  /** The operator's key given by the environment; null: there is none. */
  rootKey: string | null;
  clock: Clock;
}): Identities {
  const { keyring, hashValue, shapes, clock } = options;
  const rootHash = options.rootKey === null ? null : Buffer.from(hashValue(options.rootKey));

  return {
    async identify(value, address, self) {
      if (value === null) return deny('missing_api_key');
      const hash = hashValue(value);
      // Hashes are compared, so that the time taken tells neither the root key's length nor its beginning (ASVS 11.2.4).
      const hashBytes = Buffer.from(hash);
      if (rootHash?.length === hashBytes.length && timingSafeEqual(rootHash, hashBytes)) {
        return { kind: 'root', id: 'root', accountId: null, projectId: null };
      }
      if (!(await shapes.mayBeKey(value))) return deny('invalid_api_key');
      const record = await keyring.lookup(hash);
      const isSelf = record?.key.class === 'standard' && record.key.id === self;
      return authenticate(record, address, clock(), isSelf ? 'standard' : 'management') ?? callerOf(record);
    },
  };
}

function callerOf(record: KeyRecord | undefined): Caller | Denial {
  if (!record) return deny('invalid_api_key');
  const { id, accountId, projectId } = record.key;
  const who = { kind: 'key', id, ...(record.secret && { secretId: record.secret.id }) } as const;
  if (accountId === PLATFORM_ACCOUNT_ID && projectId === null) return { ...who, accountId: null, projectId: null };
  return { ...who, accountId, projectId };
}
