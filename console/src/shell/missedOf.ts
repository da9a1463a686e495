/** What was asked for, as far as it failed. */
export interface Asked {
  readonly error: Error | null;
  readonly isFetching: boolean;
  readonly refetch: () => Promise<unknown>;
}

/** Several questions as one: what failed first, and the way to ask those again that failed. */
export function missedOf(asked: readonly Asked[]): Asked {
  const failed = asked.filter(({ error }) => error !== null);
  return {
    error: failed[0]?.error ?? null,
    isFetching: failed.some(({ isFetching }) => isFetching),
    refetch: () => Promise.all(failed.map(({ refetch }) => refetch())),
  };
}
