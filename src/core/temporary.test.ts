import { describe, expect, test } from 'vitest';
import { beyondParent, latestEnd, LONGEST_LIFE_MS } from './temporary.ts';
import type { Scope } from './scope.ts';

const range = (...resources: Extract<Scope, { mode: 'range' }>['resources']): Scope => ({ mode: 'range', resources });

describe('A08 A14 the bounds of a temporary key', () => {
  test('it ends 30 days after it was made, and no later than its parent', () => {
    expect(latestEnd({ createdAtMs: 7 }, { expiresAtMs: null })).toBe(7 + LONGEST_LIFE_MS);
    expect(latestEnd({ createdAtMs: 7 }, { expiresAtMs: 9 })).toBe(9);
    expect(latestEnd({ createdAtMs: 7 }, { expiresAtMs: 8 + LONGEST_LIFE_MS })).toBe(7 + LONGEST_LIFE_MS);
  });

  test('it names nothing its parent does not open, and writes to nothing its parent may only read', () => {
    const parent = { scope: range({ type: 'model', id: 'm' }, { type: 'service', id: 's', access: 'read' }) };
    expect(beyondParent({ mode: 'all' }, parent)).toEqual([]);
    expect(beyondParent(range({ type: 'model', id: 'm' }), parent)).toEqual([]);
    expect(beyondParent(range({ type: 'service', id: 's', access: 'read' }), parent)).toEqual([]);
    const wide = range({ type: 'service', id: 's' }, { type: 'model', id: 'n' }, { type: 'endpoint', id: 'm' });
    expect(beyondParent(wide, parent).map(({ pointer }) => pointer)).toEqual([
      '/scope/resources/0/access',
      '/scope/resources/1',
      '/scope/resources/2',
    ]);
    expect(beyondParent(wide, { scope: { mode: 'all' } })).toEqual([]);
  });
});
