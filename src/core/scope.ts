import type { FieldError } from './fault.ts';

/** What a scope can name. Models and endpoints are called through the gateway, services through any door. */
export type ResourceType = 'model' | 'endpoint' | 'service';

/** `read` admits only safe methods (RFC 9110 §9.2.1) and is meaningful on services alone. */
export type Access = 'read' | 'write';

export interface Resource {
  readonly type: ResourceType;
  readonly id: string;
}

export interface ScopedResource extends Resource {
  readonly access?: Access;
}

/** `all`: every resource of the key's project, those added later included. `range`: the named ones, at least one. */
export type Scope =
  | { readonly mode: 'all' }
  | { readonly mode: 'range'; readonly resources: readonly ScopedResource[] };

/** The access a scope gives to a resource; undefined when it gives none. An endpoint does not open its model, nor a model its endpoints. */
export function accessTo(scope: Scope, resource: Resource): Access | undefined {
  if (scope.mode === 'all') return 'write';
  const entry = scope.resources.find((one) => one.type === resource.type && one.id === resource.id);
  return entry && (entry.access ?? 'write');
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a method changes nothing (RFC 9110 §9.2.1, without TRACE, which no service should answer). Methods are case-sensitive (§9.1). */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/** The faults of a scope as given: an empty range (never read as "everything"), duplicates, `access` where it means nothing. */
export function scopeErrors(scope: Scope, pointer = '/scope'): FieldError[] {
  if (scope.mode === 'all') return [];
  if (scope.resources.length === 0) {
    return [
      {
        pointer: `${pointer}/resources`,
        detail: 'A range needs at least one resource. Use {"mode":"all"} for every resource of the project.',
      },
    ];
  }
  const seen = new Map<string, number>();
  const errors: FieldError[] = [];
  for (const [index, resource] of scope.resources.entries()) {
    const at = `${pointer}/resources/${index}`;
    const name = `${resource.type} ${resource.id}`;
    const first = seen.get(name);
    if (first !== undefined)
      errors.push({ pointer: at, detail: `Entry ${index + 1} repeats entry ${first + 1}. Remove one of them.` });
    else seen.set(name, index);
    if (resource.access === 'read' && resource.type !== 'service') {
      errors.push({
        pointer: `${at}/access`,
        detail: 'Only a service can be opened for reading alone. Leave `access` out for models and endpoints.',
      });
    }
  }
  return errors;
}
