import type { Cell, Permission, Role } from '../../../src/core/role.ts';

/** The roles that people have, in the order in which they are shown. */
export const PEOPLE_ROLES = [
  'accountOwner',
  'accountAdmin',
  'accountMember',
  'projectAdmin',
  'projectMember',
] as const satisfies readonly Role[];

/** What a row says of each role, in the order of `PEOPLE_ROLES`. Without it there is nothing to see (`unknown`) or to do. */
type Answers = readonly [Cell, Cell, Cell, Cell, Cell];

/** As the table that decides has it (core/role.ts); a test holds the two together. */
export const ROLE_ROWS = [
  ['keys.read', ['allowed', 'allowed', 'unknown', 'allowed', 'policy']],
  ['keys.create', ['allowed', 'allowed', 'unknown', 'allowed', 'policy']],
  ['keys.delete', ['allowed', 'allowed', 'unknown', 'allowed', 'policy']],
  ['usage.read', ['allowed', 'allowed', 'unknown', 'allowed', 'policy']],
  ['security.change', ['allowed', 'allowed', 'unknown', 'allowed', 'forbidden']],
  ['projectMembers.manage', ['allowed', 'allowed', 'unknown', 'allowed', 'forbidden']],
  ['endpoints.manage', ['allowed', 'allowed', 'unknown', 'allowed', 'forbidden']],
  ['audit.read', ['allowed', 'allowed', 'unknown', 'allowed', 'forbidden']],
  ['projects.create', ['allowed', 'allowed', 'forbidden', 'forbidden', 'forbidden']],
  ['accountMembers.manage', ['allowed', 'allowed', 'forbidden', 'forbidden', 'forbidden']],
  ['quotaRequests.create', ['allowed', 'allowed', 'granted', 'forbidden', 'forbidden']],
] as const satisfies readonly (readonly [Permission, Answers])[];
