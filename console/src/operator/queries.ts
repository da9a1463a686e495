import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { accountDetailsOut } from '../../../src/http/manage/schema/accounts.ts';
import type { groupOut } from '../../../src/http/manage/schema/groups.ts';
import type { linkOut, userOut } from '../../../src/http/manage/schema/people.ts';
import { call } from '../api/client.ts';
import { allQuery } from '../api/queries.ts';
import type { Project } from '../api/types.ts';

export type AccountDetails = z.output<typeof accountDetailsOut>;
export type Group = z.output<typeof groupOut>;
export type OneTimeLink = z.output<typeof linkOut>;
export type User = z.output<typeof userOut>;

/** A link that was just made, and whom it is for. */
export interface MadeLink {
  readonly link: OneTimeLink;
  readonly name: string;
}

export const accountQuery = (id: string) =>
  queryOptions({
    queryKey: ['account', id],
    queryFn: ({ signal }) => call<AccountDetails>('GET', `/accounts/${id}`, { signal }),
  });

export const accountProjectsQuery = (accountId: string) =>
  allQuery<Project>(['projects', 'of', accountId], '/projects', { accountId });

/** All groups, whomever they are open to. */
export const allGroupsQuery = allQuery<Group>(['groups', 'all'], '/groups');

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['user', id],
    queryFn: ({ signal }) => call<User>('GET', `/people/${id}`, { signal }),
  });
