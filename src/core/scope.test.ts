import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accessTo, isSafeMethod, scopeErrors, type Resource, type Scope, type ScopedResource } from './scope.ts';

const resources = fc.record({
  type: fc.constantFrom('model' as const, 'endpoint' as const, 'service' as const),
  id: fc.constantFrom('a', 'b', 'c'),
});
const range = (...resources: ScopedResource[]): Scope => ({ mode: 'range', resources });

describe('accessTo', () => {
  test('V06 Z03 T24 `all` opens every resource, those added later included', () => {
    fc.assert(
      fc.property(resources, (resource) => {
        expect(accessTo({ mode: 'all' }, resource)).toBe('write');
      }),
    );
  });

  test('V07 T25 a range opens what it names and nothing else', () => {
    fc.assert(
      fc.property(fc.array(resources, { minLength: 1 }), resources, (named, asked) => {
        const isNamed = named.some((one) => one.type === asked.type && one.id === asked.id);
        expect(accessTo(range(...named), asked)).toBe(isNamed ? 'write' : undefined);
      }),
    );
  });

  test('V08 V09 a model and an endpoint of the same id do not open each other', () => {
    expect(accessTo(range({ type: 'endpoint', id: 'x' }), { type: 'model', id: 'x' })).toBeUndefined();
    expect(accessTo(range({ type: 'model', id: 'x' }), { type: 'endpoint', id: 'x' })).toBeUndefined();
  });

  test('an empty range opens nothing, should one ever be stored', () => {
    expect(accessTo(range(), { type: 'model', id: 'x' })).toBeUndefined();
  });

  test('Z11 the access named is the access given; none named is write', () => {
    const service: Resource = { type: 'service', id: 's' };
    expect(accessTo(range({ ...service, access: 'read' }), service)).toBe('read');
    expect(accessTo(range({ ...service, access: 'write' }), service)).toBe('write');
    expect(accessTo(range(service), service)).toBe('write');
  });

  test('T29 the latest scope alone counts', () => {
    const before = range({ type: 'model', id: 'A' }, { type: 'model', id: 'B' });
    const after = range({ type: 'model', id: 'C' });
    expect(accessTo(before, { type: 'model', id: 'A' })).toBe('write');
    expect(['A', 'B', 'C'].map((id) => accessTo(after, { type: 'model', id }))).toEqual([
      undefined,
      undefined,
      'write',
    ]);
  });
});

describe('isSafeMethod', () => {
  test('Z11 GET, HEAD and OPTIONS only read', () => {
    expect(['GET', 'HEAD', 'OPTIONS'].every(isSafeMethod)).toBe(true);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'TRACE', 'PROPFIND', '', 'GET '])(
    '%j may change something',
    (method) => {
      expect(isSafeMethod(method)).toBe(false);
    },
  );
});

describe('scopeErrors', () => {
  test('`all` and a range of different resources are fine', () => {
    expect(scopeErrors({ mode: 'all' })).toEqual([]);
    expect(
      scopeErrors(
        range(
          { type: 'model', id: 'a' },
          { type: 'endpoint', id: 'a' },
          { type: 'service', id: 'a', access: 'read' },
          { type: 'model', id: 'b', access: 'write' },
        ),
      ),
    ).toEqual([]);
  });

  test('V07 an empty range is refused, never read as everything', () => {
    expect(scopeErrors(range())).toEqual([
      {
        pointer: '/scope/resources',
        detail: 'A range needs at least one resource. Use {"mode":"all"} for every resource of the project.',
      },
    ]);
  });

  test('repetitions and reading alone of a model are named, all at once, each at its place', () => {
    const faulty = range(
      { type: 'model', id: 'a' },
      { type: 'model', id: 'a' },
      { type: 'endpoint', id: 'e', access: 'read' },
      { type: 'model', id: 'a', access: 'read' },
    );
    expect(scopeErrors(faulty, '/s').map(({ pointer, detail }) => `${pointer} ${detail}`)).toEqual([
      '/s/resources/1 Entry 2 repeats entry 1. Remove one of them.',
      '/s/resources/2/access Only a service can be opened for reading alone. Leave `access` out for models and endpoints.',
      '/s/resources/3 Entry 4 repeats entry 1. Remove one of them.',
      '/s/resources/3/access Only a service can be opened for reading alone. Leave `access` out for models and endpoints.',
    ]);
  });
});
