import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { sessionOut } from '../../../src/http/manage/schema/people.ts';
import { call } from '../api/client.ts';

/** Where somebody is signed in. */
export type Session = z.output<typeof sessionOut>;

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string | null;
}

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => call<{ data: readonly Session[] }>('GET', '/auth/sessions', { signal }),
});

export const passkeysQuery = queryOptions({
  queryKey: ['passkeys'],
  queryFn: ({ signal }) => call<{ data: readonly Passkey[] }>('GET', '/auth/passkeys', { signal }),
});
