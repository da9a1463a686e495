import { expect, test } from 'vitest';
import type { ScopedResource } from '../core/scope.ts';
import type { Directory, Target } from './directory.ts';
import { livingScope, resolveScope } from './scopes.ts';

const known = [
  { type: 'model', id: 'mdl_1', name: 'gpt' },
  { type: 'model', id: 'mdl_2', name: 'mdl_1' },
  { type: 'endpoint', id: 'ep-1', name: 'ep-1' },
  { type: 'service', id: 'svc_1', name: 'vectors' },
] as const;

/** A directory of one project; as in the real one, endpoints are found among models by their id. */
const directory = {
  has: (projectId, { type, id }) => projectId === 'prj_1' && known.some((one) => one.type === type && one.id === id),
  model: (_projectId, name) => target(known.find((one) => one.type !== 'service' && one.name === name)),
  service: (_projectId, name) => target(known.find((one) => one.type === 'service' && one.name === name)),
} as Partial<Directory> as Directory;

function target(found: (typeof known)[number] | undefined): Target | undefined {
  return found && ({ resource: { type: found.type, id: found.id } } as Target);
}

const range = (...resources: ScopedResource[]) => ({ mode: 'range' as const, resources });
const resolve = (...resources: ScopedResource[]) => resolveScope(directory, 'prj_1', range(...resources));

test('V08 V09 names of models and services become ids; endpoints have only ids', () => {
  expect(
    resolve(
      { type: 'model', id: 'gpt' },
      { type: 'service', id: 'vectors', access: 'read' },
      { type: 'endpoint', id: 'ep-1' },
    ),
  ).toEqual({
    ok: true,
    scope: range(
      { type: 'model', id: 'mdl_1' },
      { type: 'service', id: 'svc_1', access: 'read' },
      { type: 'endpoint', id: 'ep-1' },
    ),
  });
});

test('an id wins over a name that looks like it', () => {
  expect(resolve({ type: 'model', id: 'mdl_1' })).toEqual({ ok: true, scope: range({ type: 'model', id: 'mdl_1' }) });
});

test('a resource of another kind is not meant', () => {
  for (const one of [
    { type: 'model', id: 'ep-1' },
    { type: 'endpoint', id: 'gpt' },
    { type: 'service', id: 'gpt' },
  ] as const) {
    expect(resolve(one)).toMatchObject({ ok: false, errors: [{ pointer: '/scope/resources/0/id' }] });
  }
});

test('everything that is wrong is named, duplicates by name and id too', () => {
  const result = resolve({ type: 'model', id: 'none' }, { type: 'model', id: 'gpt' }, { type: 'model', id: 'mdl_1' });
  expect(result).toMatchObject({
    ok: false,
    errors: [{ pointer: '/scope/resources/0/id' }, { pointer: '/scope/resources/2' }],
  });
});

test('V06 all stays all', () =>
  expect(resolveScope(directory, 'prj_1', { mode: 'all' })).toEqual({ ok: true, scope: { mode: 'all' } }));

test('D03 a copied scope keeps what still exists, and is nothing when nothing does', () => {
  const gone = { type: 'model', id: 'mdl_gone' } as const;
  expect(livingScope(directory, 'prj_1', range({ type: 'model', id: 'mdl_1' }, gone))).toEqual(
    range({ type: 'model', id: 'mdl_1' }),
  );
  expect(livingScope(directory, 'prj_1', range(gone))).toBeUndefined();
  expect(livingScope(directory, 'prj_1', { mode: 'all' })).toEqual({ mode: 'all' });
});
