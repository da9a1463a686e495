import type { z } from 'zod';
import type { accountOut, accountSecurityOut } from '../../../src/http/manage/schema/accounts.ts';
import type { openGroupOut } from '../../../src/http/manage/schema/groups.ts';
import type { createdKeyOut, keyDetailsOut, keyOut, listedKeyOut } from '../../../src/http/manage/schema/keys.ts';
import type { limitOut } from '../../../src/http/manage/schema/limits.ts';
import type { securityOut } from '../../../src/http/manage/schema/members.ts';
import type { modelOut } from '../../../src/http/manage/schema/models.ts';
import type { projectOut } from '../../../src/http/manage/schema/projects.ts';
import type { usageOut } from '../../../src/http/manage/schema/usage.ts';
import type { signedInOut, signInOut } from '../../../src/http/manage/schema/people.ts';

/** What stands behind `?`; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A page of a list; `nextCursor` is null on the last. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

export type SignedIn = z.output<typeof signedInOut>;
export type SignInAnswer = z.output<typeof signInOut>;
export type Account = z.output<typeof accountOut>;
export type Project = z.output<typeof projectOut>;
export type Key = z.output<typeof keyOut>;
/** As lists have it; `limits` where they were asked for. */
export type ListedKey = z.output<typeof listedKeyOut>;
export type KeyDetails = z.output<typeof keyDetailsOut>;
export type CreatedKey = z.output<typeof createdKeyOut>;
export type Limit = z.output<typeof limitOut>;
export type AccountSecurity = z.output<typeof accountSecurityOut>;
export type UsageRow = z.output<typeof usageOut>['data'][number];
export type Model = z.output<typeof modelOut>;
export type OpenGroup = z.output<typeof openGroupOut>;
export type Security = z.output<typeof securityOut>;
export type Scope = Key['scope'];

/** What a key can be scoped to. */
export interface Named {
  readonly id: string;
  readonly name: string;
}
