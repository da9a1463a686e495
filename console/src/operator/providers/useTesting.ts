import { useState } from 'react';
import { call } from '../../api/client.ts';
import type { ProviderTest } from './queries.ts';

/** How a test went; `asked`: its answer is awaited; an error: it could not be made. */
export type Tested = ProviderTest | 'asked' | Error | undefined;

/** Tests of providers by their ids, as long as the page is open. */
export function useTesting(): {
  results: Readonly<Record<string, Tested>>;
  test: (id: string) => Promise<void>;
} {
  const [results, setResults] = useState<Readonly<Record<string, Tested>>>({});
  const note = (id: string, result: Tested) => setResults((before) => ({ ...before, [id]: result }));
  return {
    results,
    async test(id) {
      note(id, 'asked');
      try {
        note(id, await call<ProviderTest>('POST', `/providers/${id}/test`));
      } catch (error) {
        note(id, error as Error);
      }
    },
  };
}
