import { useQueryClient } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { useAct } from '../shell/useAct.tsx';
import { leakQuery } from './queries.ts';
import type { Leak } from './types.ts';

/** Notes what was done about a leak; the page then shows what the server has. */
export function useWork({ id }: Pick<Leak, 'id'>): (change: object, done: string) => Promise<void> {
  const act = useAct();
  const queries = useQueryClient();
  return (change, done) =>
    act(() => call<Leak>('PATCH', `/leak-reports/${id}`, { body: change }), {
      done,
      refresh: [['leaks']],
      onDone: (leak) => queries.setQueryData(leakQuery(id).queryKey, leak),
    });
}
