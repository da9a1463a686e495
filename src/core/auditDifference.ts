import type { AuditFields, AuditObject, Json } from './audit.ts';
import type { Place } from './caller.ts';

/** A thing as the audit log sees it. */
export interface Snapshot {
  readonly object: AuditObject;
  readonly place: Place;
  readonly fields: Readonly<Record<string, Field>>;
}

/**
 * `raw` tells whether it has changed, and goes nowhere; `shown` is what is kept. `isTelling`: it never changes, and is kept
 * with every change, because it tells which one of its kind the thing is.
 */
export interface Field {
  readonly raw: unknown;
  readonly shown: Json;
  readonly isTelling?: true;
}

/**
 * What may be shown of each field of a thing: a field that is added to core and forgotten here does not compile.
 * `set`: only whether there is one, and that it changed.
 */
export type Showing<T> = { readonly [K in keyof T]-?: 'shown' | 'set' | 'hidden' | ((value: T[K]) => Json) };

/** The fields of a thing that may be shown. */
export function fieldsOf<T extends object>(thing: T, showing: Showing<T>): Record<string, Field> {
  const fields: Record<string, Field> = {};
  for (const [name, how] of Object.entries(showing) as [keyof T & string, Showing<T>[keyof T]][]) {
    const raw = thing[name];
    if (how === 'hidden') continue;
    if (how === 'shown') fields[name] = { raw, shown: jsonOf(raw) };
    else if (how === 'set') fields[name] = { raw, shown: raw === null ? null : '(set)' };
    else fields[name] = { raw, shown: how(raw) };
  }
  return fields;
}

/** What a change made of a thing: all of it where it is new or gone, else the fields that differ and those that tell which it is. */
export function difference(
  before: Snapshot | undefined,
  after: Snapshot | undefined,
): { before: AuditFields | null; after: AuditFields | null } {
  const whole = before === undefined || after === undefined;
  const names = Object.keys({ ...before?.fields, ...after?.fields }).filter(
    (name) =>
      whole ||
      after.fields[name]?.isTelling === true ||
      textOf(before.fields[name]?.raw) !== textOf(after.fields[name]?.raw),
  );
  const pick = (one: Snapshot | undefined): AuditFields | null =>
    one ? Object.fromEntries(names.map((name) => [name, one.fields[name]?.shown ?? null])) : null;
  return { before: pick(before), after: pick(after) };
}

/** Any value as JSON; 64-bit integers in decimal. */
export function jsonOf(value: unknown): Json {
  return value === undefined ? null : (JSON.parse(textOf(value)) as Json);
}

function textOf(value: unknown): string {
  return JSON.stringify(value ?? null, (_name, member: unknown) =>
    typeof member === 'bigint' ? String(member) : member,
  );
}
