/** A slice of a list, newest first. `cursor` is opaque to callers. */
export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

/** Where a list looks: null means everywhere at that level. */
export interface Within {
  readonly accountId: string | null;
  readonly projectId: string | null;
}
