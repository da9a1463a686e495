import { useQueries } from '@tanstack/react-query';
import { groupsQuery } from '../api/queries.ts';
import type { Key, Named } from '../api/types.ts';

/** The groups that some of these keys can be put into, by name; undefined: not all are there yet. */
export function useGroups(keys: readonly Key[]): readonly Named[] | undefined {
  const projects = [...new Set(keys.flatMap(({ projectId }) => projectId ?? []))];
  const lists = useQueries({ queries: projects.map((id) => groupsQuery(id)) });
  if (lists.some(({ isPending }) => isPending)) return undefined;
  const byId = new Map(lists.flatMap(({ data }) => data?.data ?? []).map((one) => [one.id, one]));
  return [...byId.values()].toSorted((one, other) => one.name.localeCompare(other.name));
}
