import type { Clock, NewId, Random } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import type { Service } from '../core/catalogue.ts';
import { keyOfUser, type ClusterUser, type ClusterUserChange } from '../core/clusterUser.ts';
import type { ClusterUserStore } from '../core/clusterUserStore.ts';
import { invalidField, notFound } from '../core/fault.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { Page, PageQuery } from '../core/page.ts';
import { programPasswordComplaint } from '../core/password.ts';
import type { Keyring } from './keyring.ts';
import type { Passwords } from './passwords.ts';
import type { Services } from './services.ts';

export type ClusterUserDraft = Pick<
  ClusterUser,
  'username' | 'role' | 'paths' | 'ipAllow' | 'ipDeny' | 'expiresAtMs' | 'status' | 'description'
> & { readonly password?: string | undefined };

/** A user whose password was set. `password`: where it was made up here, to be shown once; null: the caller knows it. */
export interface WithPassword {
  readonly user: ClusterUser;
  readonly password: string | null;
}

/** User names and passwords of one service. Throws `not_found` for what the caller may not know. */
export interface ClusterUsers {
  create(caller: Caller, serviceId: string, draft: ClusterUserDraft): Promise<WithPassword>;
  list(caller: Caller, serviceId: string, query: PageQuery): Promise<Page<ClusterUser>>;
  get(caller: Caller, serviceId: string, id: string): Promise<ClusterUser>;
  /** Acts on the next request of the user. */
  change(
    caller: Caller,
    serviceId: string,
    id: string,
    change: Omit<ClusterUserChange, 'passwordHash'>,
  ): Promise<ClusterUser>;
  resetPassword(caller: Caller, serviceId: string, id: string, password: string | undefined): Promise<WithPassword>;
  remove(caller: Caller, serviceId: string, id: string): Promise<void>;
}

export function createClusterUsers(options: {
  users: ClusterUserStore;
  services: Pick<Services, 'get'>;
  passwords: Pick<Passwords, 'hash'>;
  keyring: Pick<Keyring, 'evict'>;
  clock: Clock;
  newId: NewId;
  random: Random;
}): ClusterUsers {
  const { users, services, passwords, keyring, clock, newId, random } = options;

  async function get(caller: Caller, serviceId: string, id: string): Promise<ClusterUser> {
    const service = services.get(caller, serviceId);
    const user = await users.get(id);
    if (user?.serviceId !== service.id) throw notFound('user', id);
    return user;
  }

  async function write(id: string, change: ClusterUserChange): Promise<ClusterUser> {
    const changed = await users.update(id, change, clock());
    // What was decided before may have been decided about an earlier state: forget it once the new one is stored.
    keyring.evict(id);
    if (!changed) throw notFound('user', id);
    return changed;
  }

  async function chosen(
    given: string | undefined,
    username: string,
    service: Service,
  ): Promise<{ hash: string; made: string | null }> {
    if (given === undefined) {
      const made = makePassword(random);
      return { hash: await passwords.hash(made), made };
    }
    const complaint = complaintOf(given, username, service.name);
    if (complaint !== undefined) throw invalidField('/password', complaint);
    return { hash: await passwords.hash(given), made: null };
  }

  return {
    async create(caller, serviceId, { password: given, ...draft }) {
      const service = services.get(caller, serviceId);
      const { hash, made } = await chosen(given, draft.username, service);
      const nowMs = clock();
      const user: ClusterUser = {
        ...draft,
        id: newId('cus'),
        accountId: service.accountId,
        projectId: service.projectId,
        serviceId: service.id,
        passwordHash: hash,
        createdBy: caller.id,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        lastUsedAtMs: null,
        lastUsedAddress: null,
      };
      await users.create(user);
      return { user, password: made };
    },
    list: (caller, serviceId, query) => users.list({ ...query, serviceId: services.get(caller, serviceId).id }),
    get,
    async change(caller, serviceId, id, change) {
      const user = await get(caller, serviceId, id);
      return Object.keys(change).length === 0 ? user : write(id, change);
    },
    async resetPassword(caller, serviceId, id, given) {
      const { username } = await get(caller, serviceId, id);
      const { hash, made } = await chosen(given, username, services.get(caller, serviceId));
      return { user: await write(id, { passwordHash: hash }), password: made };
    },
    async remove(caller, serviceId, id) {
      await get(caller, serviceId, id);
      const isRemoved = await users.remove(id);
      keyring.evict(id);
      if (!isRemoved) throw notFound('user', id);
    },
  };
}

/** Finds whoever has rows in the ledger: keys, and users, who stand there as keys do. */
export function holders(keys: Pick<KeyStore, 'get'>, users: Pick<ClusterUserStore, 'get'>): Pick<KeyStore, 'get'> {
  return {
    async get(id) {
      if (!id.startsWith('cus_')) return keys.get(id);
      const user = await users.get(id);
      return user && keyOfUser(user);
    },
  };
}

/** The rules for passwords that stand alone, and what a header can carry whole. */
function complaintOf(password: string, username: string, serviceName: string): string | undefined {
  if (/\p{Cc}/u.test(password) || password !== password.trim())
    return 'A password holds no control characters, and no spaces at its ends: a header would not carry them.';
  return programPasswordComplaint(password, [username, serviceName]);
}

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const MADE_LENGTH = 28;

/** 28 of 57 characters that are hard to mistake for each other: 163 bits. */
function makePassword(random: Random): string {
  let text = '';
  for (let draw = 0; text.length < MADE_LENGTH; draw++) {
    if (draw === 100) throw new Error('The source of randomness is broken: it gives no usable bytes.');
    // From 228 on, bytes would make the first characters likelier.
    for (const byte of random(MADE_LENGTH + 8)) if (byte < 228) text += LETTERS.charAt(byte % 57);
  }
  return text.slice(0, MADE_LENGTH);
}
