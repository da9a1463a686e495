import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { useAct } from '../shell/useAct.tsx';
import { leakQuery } from './queries.ts';
import type { Leak } from './types.ts';

/**
 * Notes what was done about a leak; the page then shows what the server has. One note is sent after the other: who types and
 * then clicks leaves what they clicked last, however long each was on its way.
 */
export function useWork({ id }: Pick<Leak, 'id'>): (change: object, done: string) => Promise<void> {
  const act = useAct();
  const queries = useQueryClient();
  const { mutateAsync } = useMutation({
    scope: { id: `leak ${id}` },
    mutationFn: (change: object) => call<Leak>('PATCH', `/leak-reports/${id}`, { body: change }),
  });
  return (change, done) =>
    act(() => mutateAsync(change), {
      done,
      refresh: [['leaks']],
      onDone: (leak) => queries.setQueryData(leakQuery(id).queryKey, leak),
    });
}
