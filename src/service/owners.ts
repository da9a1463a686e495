import type { Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import { isPersonId, type Member, type MemberStore } from '../core/member.ts';
import type { PeopleStore } from '../core/people.ts';

/** Who made a key. `present` false: they are gone from where the key lies, and somebody else should look after it. */
export interface Owner {
  readonly id: string;
  /** As it is now, or as it was when they left. */
  readonly name: string;
  readonly present: boolean;
}

/** The owners of keys, in their order. */
export type FindOwners = (keys: readonly Key[]) => Promise<Owner[]>;

export function createOwners(options: {
  keys: Pick<KeyStore, 'get'>;
  people: Pick<PeopleStore, 'getMany'>;
  members: Pick<MemberStore, 'ofUsers' | 'former'>;
}): FindOwners {
  const { keys, people, members } = options;
  return async (owned) => {
    const ids = [...new Set(owned.map(({ createdBy }) => createdBy))];
    const persons = ids.filter(isPersonId);
    const [users, memberships, former, makers] = await Promise.all([
      people.getMany(persons),
      members.ofUsers(persons),
      members.former(persons),
      Promise.all(ids.filter((id) => id.startsWith('key_')).map((id) => keys.get(id))),
    ]);
    const userOf = new Map(users.map((user) => [user.id, user]));
    const makerOf = new Map(makers.flatMap((key) => (key ? [[key.id, key] as const] : [])));

    return owned.map((key): Owner => {
      const { createdBy: id, accountId } = key;
      if (!isPersonId(id)) {
        const maker = makerOf.get(id);
        return { id, name: maker?.name ?? id, present: MADE_BY_NOBODY.has(id) || maker?.deletedAtMs === null };
      }
      const user = userOf.get(id);
      const here = memberships.filter((one) => one.userId === id && one.accountId === accountId);
      const left = former.find((one) => one.userId === id && one.accountId === accountId);
      const name = here.length === 0 && !user?.isOperator ? (left?.name ?? user?.name) : user?.name;
      const isActive = user?.status === 'active';
      return {
        id,
        name: name ?? id,
        present: isActive && (user.isOperator || here.some((one) => looksAfter(one, key))),
      };
    });
  };
}

/** The root key, and the server at the first start. */
const MADE_BY_NOBODY = new Set(['root', 'system']);

function looksAfter({ projectId, role }: Member, key: Key): boolean {
  return projectId === null ? role !== 'member' : projectId === key.projectId;
}
