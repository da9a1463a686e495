import type { Api } from './api.ts';
import { CommandError } from './exit.ts';
import type { KeyAnswer } from './keyLookup.ts';

/** Looked up at most; the rest is shown by id. */
const MOST = 20;

/** The names of what a key may open, by id: keys hold ids, people think in names. What cannot be read is left out. */
export async function resourceNames(api: Api, { scope }: KeyAnswer): Promise<ReadonlyMap<string, string>> {
  if (scope.mode === 'all') return new Map();
  const entries = await Promise.all(
    scope.resources.slice(0, MOST).map(async ({ type, id }): Promise<[string, string][]> => {
      try {
        const { json } = await api.call({ path: `/${type}s/${encodeURIComponent(id)}` });
        const name: unknown = (json as { name?: unknown }).name;
        return typeof name === 'string' ? [[id, name]] : [];
      } catch (error) {
        if (error instanceof CommandError) return [];
        throw error;
      }
    }),
  );
  return new Map(entries.flat());
}
