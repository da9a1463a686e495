import type { Value } from './schema.ts';

/**
 * How the fields of a thing become columns and come back. A codec names every field, so that a field added to core
 * and forgotten here does not compile.
 */
export interface Codec<T> {
  readonly names: readonly string[];
  /** Only the fields that are given: what is not named is not written. */
  toRow(fields: Partial<T>): Record<string, Value>;
  fromRow(row: Readonly<Record<string, unknown>>): T;
}

export interface Column<V = never> {
  readonly name: string;
  readonly write: (value: V) => Value;
  readonly read: (value: Value) => unknown;
}

/** A codec from one column per field. */
export function codec<T extends object>(fields: { readonly [K in keyof T]-?: Column<T[K]> }): Codec<T> {
  const entries = Object.entries(fields) as [keyof T & string, Column<unknown>][];
  return {
    names: entries.map(([, column]) => column.name),
    toRow(given) {
      const row: Record<string, Value> = {};
      for (const [field, column] of entries) {
        const value = given[field];
        if (value !== undefined) row[column.name] = column.write(value);
      }
      return row;
    },
    fromRow(row) {
      const item: Record<string, unknown> = {};
      for (const [field, column] of entries) item[field] = column.read(row[column.name] as Value);
      return item as T;
    },
  };
}

/** A text, number or null that is stored as it is. */
export function plain<V extends string | number | null>(name: string): Column<V> {
  return { name, write: (value) => value, read: (value) => value };
}

/** A boolean, stored as 0 or 1. */
export function flag(name: string): Column<boolean> {
  return { name, write: (value) => (value ? 1 : 0), read: (value) => value === 1 };
}

/** Anything JSON can carry, or null. */
export function json<V>(name: string): Column<V> {
  return {
    name,
    write: (value) => (value === null ? null : JSON.stringify(value)),
    read: (value): unknown => (value === null ? null : JSON.parse(value as string)),
  };
}

/** A text a client had a hand in must not make a whole batch of others' rows fail: what no engine stores becomes U+FFFD. */
export function storable(text: string): string {
  return text.includes('\0') || !text.isWellFormed() ? text.toWellFormed().replaceAll('\0', '\ufffd') : text;
}
