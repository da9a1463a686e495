import type { FieldError } from '../core/fault.ts';
import { scopeErrors, type Scope, type ScopedResource } from '../core/scope.ts';
import type { Directory } from './directory.ts';

/** The scope as stored, or what is wrong with it. */
export type ResolvedScope =
  | { readonly ok: true; readonly scope: Scope }
  | { readonly ok: false; readonly errors: FieldError[] };

/**
 * Turns a scope as people write it (models and services by name or id, endpoints by id) into one of ids. Each resource
 * must exist and be open to the project; what another project has is as unknown as what nobody has.
 */
export function resolveScope(directory: Directory, projectId: string, asked: Scope): ResolvedScope {
  if (asked.mode === 'all') return { ok: true, scope: { mode: 'all' } };
  const errors: FieldError[] = [];
  const resources = asked.resources.map((resource, index): ScopedResource => {
    const id = idOf(directory, projectId, resource);
    if (id === undefined) {
      const detail = `There is no ${resource.type} ${resource.id.slice(0, 80)} in this project. Check the id or name.`;
      errors.push({ pointer: `/scope/resources/${index}/id`, detail });
    }
    return { ...resource, id: id ?? resource.id };
  });
  const scope: Scope = { mode: 'range', resources };
  // Checked after the names are resolved: a name and an id can mean the same resource.
  errors.push(...scopeErrors(scope));
  return errors.length > 0 ? { ok: false, errors } : { ok: true, scope };
}

/** The part of a key's scope that still exists, for a copy of it; undefined when nothing is left. */
export function livingScope(directory: Directory, projectId: string, scope: Scope): Scope | undefined {
  if (scope.mode === 'all') return scope;
  const resources = scope.resources.filter((resource) => directory.has(projectId, resource));
  return resources.length > 0 ? { mode: 'range', resources } : undefined;
}

function idOf(directory: Directory, projectId: string, { type, id }: ScopedResource): string | undefined {
  if (directory.has(projectId, { type, id })) return id;
  if (type === 'endpoint') return undefined;
  const named = type === 'model' ? directory.model(projectId, id) : directory.service(projectId, id);
  // A model's name may look like an endpoint's; only what was asked for counts.
  return named?.resource.type === type ? named.resource.id : undefined;
}
