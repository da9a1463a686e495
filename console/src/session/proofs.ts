import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';

/** By what somebody can prove who they are. */
export type Proof = 'password' | 'totp' | 'passkey' | 'oidc';

export const proofsQuery = queryOptions({
  queryKey: ['proofs'],
  queryFn: ({ signal }) => call<{ proofs: readonly Proof[] }>('GET', '/auth/identity-check', { signal }),
  retry: false,
});
