import { focusManager, useQueryClient, type Query } from '@tanstack/react-query';
import { useEffect } from 'react';
import { call, mayBeBack } from '../api/client.ts';

const EVERY_MS = 5000;

/** What a page could not get because the server was away it asks for again as soon as that is back. */
export function useRecovery(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const missed = { type: 'active', predicate: ({ state }: Query) => mayBeBack(state.error) } as const;
    async function look(): Promise<void> {
      // Asked for ever at a page that nobody is at, it would keep the session from ending.
      if (!focusManager.isFocused()) return;
      if (queries.getQueryCache().findAll(missed).length === 0) return;
      // One small question tells: what is shown meanwhile stays as it is.
      const isThere = await call('GET', '/auth/session').then(
        () => true,
        (error: unknown) => !mayBeBack(error),
      );
      if (isThere) await queries.refetchQueries(missed);
    }
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => clearInterval(timer);
  }, [queries]);
}
