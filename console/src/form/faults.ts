import type { FormInstance } from 'antd';
import { ApiError } from '../api/client.ts';
import type { Aliases } from './aliases.ts';

type Name = readonly (string | number)[];

/** Puts the server's faults to the fields they point at; answers those that belong to no field of the form. */
export function placeFaults<V>(form: FormInstance<V>, error: Error, aliases: Aliases = {}): readonly string[] {
  const errors = error instanceof ApiError ? (error.problem.errors ?? []) : [];
  const names = form.getFieldsError().map(({ name }) => name as Name);
  const rest: string[] = [];
  const atFields = new Map<string, { name: Name; errors: string[] }>();
  for (const { pointer, detail } of errors) {
    const [first = '', ...more] = pointer.slice(1).split('/');
    const name = [first, ...(aliases[first] ?? [])]
      .map((start) => nearest(names, [start, ...more]))
      .find((one) => one !== undefined);
    if (!name) rest.push(detail);
    else {
      const known = atFields.get(name.join('/')) ?? { name, errors: [] };
      known.errors.push(detail);
      atFields.set(name.join('/'), known);
    }
  }
  const placed = [...atFields.values()];
  form.setFields(placed as Parameters<typeof form.setFields>[0]);
  const [top] = placed;
  if (top) form.scrollToField(top.name as Parameters<typeof form.scrollToField>[0], { block: 'center', focus: true });
  return errors.length === 0 ? [error.message] : rest;
}

/** The field that holds most of a path. */
function nearest(names: readonly Name[], path: readonly string[]): Name | undefined {
  return names
    .filter((one) => one.every((step, at) => String(step) === path[at]))
    .toSorted((one, other) => other.length - one.length)[0];
}
