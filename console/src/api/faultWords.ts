import { queryOptions } from '@tanstack/react-query';
import type { Problem } from '../../../src/http/problem.ts';
import { appearance } from '../appearance.ts';

/** What went wrong in the language that is spoken, as far as there are words for it; the rest is as the server says it. */
export async function told(problem: Problem): Promise<Problem> {
  if (appearance().language === 'en') return problem;
  try {
    return (await fetchWords()).inChinese(problem);
  } catch {
    // They cannot be had when nothing can be reached.
    return problem;
  }
}

/** The same for a sentence that came with an answer; `code` names its cause, where it has one. */
export const toldQuery = (detail: string, code = 'unknown') => {
  const { language } = appearance();
  return queryOptions({
    queryKey: ['told', language, code, detail],
    queryFn: async () => (await told({ code, detail } as Problem)).detail,
    placeholderData: detail,
    staleTime: Infinity,
  });
};

/** Has the words at hand before something goes wrong. */
export function prepareWords(): void {
  if (appearance().language !== 'en') void fetchWords().catch(() => undefined);
}

const fetchWords = () => import('./chineseFaults.ts');
