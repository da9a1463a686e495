import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Clock } from '../core/ambient.ts';
import { isOperator, type Caller } from '../core/caller.ts';
import type { Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import { isPersonId, rankOf, type MemberPlace } from '../core/member.ts';
import { decide } from '../core/role.ts';
import type { CallerOfUser } from './persons.ts';

/**
 * How high somebody stands at a place: they grant no role above that, and change nobody who has one. A management key of
 * the account stands as its admins do, unless it is bounded: a person it lets in would be bound by none of that, so one
 * that ends, is tied to addresses or belongs to a project grants no role above member.
 */
export interface Standing {
  of(caller: Caller, place: MemberPlace): Promise<number>;
  /** Of who made an invitation, as they are now; 0 for who may let nobody in any more. */
  ofInviter(id: string, accountId: string): Promise<number>;
}

export function createStanding(options: {
  keys: Pick<KeyStore, 'get'>;
  callerOfUser: CallerOfUser;
  clock: Clock;
}): Standing {
  const { keys, callerOfUser, clock } = options;

  async function of(caller: Caller, { accountId, projectId }: MemberPlace): Promise<number> {
    if (isOperator(caller)) return Infinity;
    if (caller.kind === 'person') {
      const ranks = caller.memberships
        .filter((one) => one.accountId === accountId && (one.projectId === null || one.projectId === projectId))
        .map(({ role }) => rankOf(role));
      return Math.max(0, ...ranks);
    }
    const key = await keys.get(caller.id);
    return rankOf(key && !isBounded(key) ? 'admin' : 'member');
  }

  async function inviter(id: string): Promise<Caller | null> {
    if (id === 'root') return { kind: 'root', id, accountId: null, projectId: null };
    if (isPersonId(id)) return callerOfUser(id);
    const key = await keys.get(id);
    if (key?.deletedAtMs !== null || key.status !== 'active' || key.class !== 'management') return null;
    if (key.expiresAtMs !== null && key.expiresAtMs <= clock()) return null;
    const { accountId, projectId } = key;
    if (accountId === PLATFORM_ACCOUNT_ID && projectId === null)
      return { kind: 'key', id, accountId: null, projectId: null };
    return { kind: 'key', id, accountId, projectId };
  }

  return {
    of,
    async ofInviter(id, accountId) {
      const caller = await inviter(id);
      const place = { accountId, projectId: null };
      return caller && decide(caller, 'accountMembers.manage', place) === 'allowed' ? of(caller, place) : 0;
    },
  };
}

function isBounded({ projectId, expiresAtMs, ipAllow, ipDeny }: Key): boolean {
  return projectId !== null || expiresAtMs !== null || ipAllow.length > 0 || ipDeny.length > 0;
}
