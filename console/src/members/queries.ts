import type { InfiniteData } from '@tanstack/react-query';
import type { z } from 'zod';
import type { leftOut, memberOut } from '../../../src/http/manage/schema/members.ts';
import type { invitationCreatedOut, invitationOut } from '../../../src/http/manage/schema/people.ts';
import { allQuery, listQuery } from '../api/queries.ts';
import type { Page } from '../api/types.ts';

type MemberOut = z.output<typeof memberOut>;
/** A member as a row of a list. */
export type Member = MemberOut & { readonly id: string };
export type Role = Member['role'];
export type Left = z.output<typeof leftOut>;
export type Invitation = z.output<typeof invitationOut>;
export type InvitationCreated = z.output<typeof invitationCreatedOut>;

/** Where people are members: an account (`projectId` null) or one project of it. */
export interface Place {
  readonly accountId: string;
  readonly projectId: string | null;
}

export function pathOf({ accountId, projectId }: Place): string {
  return projectId === null ? `/accounts/${accountId}/members` : `/projects/${projectId}/members`;
}

export const membersQuery = (place: Place) => ({
  ...listQuery<MemberOut>(['members', pathOf(place)], pathOf(place)),
  select: (list: InfiniteData<Page<MemberOut>>): InfiniteData<Page<Member>> => ({
    ...list,
    pages: list.pages.map((page) => ({ ...page, data: page.data.map((one) => ({ ...one, id: one.userId })) })),
  }),
});

/** All of them, to choose from. */
export const allMembersQuery = (place: Place) => allQuery<MemberOut>(['members', pathOf(place), 'all'], pathOf(place));

export const invitationsQuery = (accountId: string) =>
  listQuery<Invitation>(['invitations', accountId], '/invitations', { accountId });
