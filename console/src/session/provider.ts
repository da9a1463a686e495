import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';

/** The identity provider people may sign in with (name null: there is none), and whether whoever is signed in does. */
export const providerQuery = queryOptions({
  queryKey: ['identityProvider'],
  queryFn: ({ signal }) => call<{ name: string | null; linked: boolean }>('GET', '/auth/oidc', { signal }),
  retry: false,
});

/** What the server takes for a path that somebody is sent back to. */
const RETURN = /^\/[\w\-./]*(?:\?[\w\-./?=&%]*)?$/;
const MOST_RETURN = 200;

/** Leaves for the identity provider, which sends people back to a path of the console, or to the next best. */
export async function goToProvider(
  purpose: 'sign-in' | 'identity-check' | 'link',
  ...paths: readonly string[]
): Promise<void> {
  const returnTo = paths.find((path) => path.length <= MOST_RETURN && RETURN.test(path)) ?? '/';
  const { url } = await call<{ url: string }>('POST', `/auth/oidc/${purpose}`, { body: { returnTo } });
  location.assign(url);
}
