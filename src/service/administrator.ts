import type { Clock, NewId, Random } from '../core/ambient.ts';
import { normalisedEmail } from '../core/email.ts';
import { Fault } from '../core/fault.ts';
import type { MemberStore } from '../core/member.ts';
import { passwordComplaint } from '../core/password.ts';
import type { PeopleStore } from '../core/people.ts';
import { createPasswords } from './passwords.ts';

/** The first person: the platform's operator, and the owner of the first account. */
export interface Administrator {
  readonly email: string;
  /** Null when the environment gave it: then who reads the output need not learn it. */
  readonly password: string | null;
}

const ADMINISTRATOR = 'Administrator';

/** Throws where the password that the environment gives may not be chosen. Nothing has been made by then. */
export function refuseAdministrator({ email, password }: Administrator): void {
  if (password === null) return;
  const complaint = passwordComplaint(password, { email, name: ADMINISTRATOR, twoFactor: false });
  if (complaint !== undefined)
    throw new Fault('invalid_request', `KEYWARD_ADMIN_PASSWORD cannot be used. ${complaint}`);
}

export async function makeAdministrator(
  given: Administrator,
  accountId: string,
  deps: {
    store: { readonly people: PeopleStore; readonly members: MemberStore };
    clock: Clock;
    random: Random;
    newId: NewId;
  },
): Promise<Administrator> {
  const { store, clock, random, newId } = deps;
  const made = given.password === null ? generated(random) : null;
  const user = {
    id: newId('usr'),
    email: normalisedEmail(given.email),
    name: ADMINISTRATOR,
    isOperator: true,
    status: 'active' as const,
    createdAtMs: clock(),
    twoFactor: false,
  };
  await store.people.create(user, await createPasswords({ random }).hash(given.password ?? made ?? ''));
  await store.members.put(
    {
      accountId,
      projectId: null,
      userId: user.id,
      role: 'owner',
      mayRequestQuota: true,
      addedBy: 'system',
      createdAtMs: clock(),
    },
    null,
  );
  return { email: user.email, password: made };
}

/** No letters or digits that look alike. 20 of 31 are 99 bits. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz';

function generated(random: Random): string {
  let text = '';
  while (text.length < 20) {
    for (const byte of random(40)) if (byte < 248 && text.length < 20) text += ALPHABET.charAt(byte % 31);
  }
  return text.replaceAll(/(.{5})(?=.)/g, '$1-');
}
