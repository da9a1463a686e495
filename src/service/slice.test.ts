import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sliceOf } from './slice.ts';

const items = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1 }), createdAtMs: fc.integer({ min: 0, max: 5 }) }),
  { selector: ({ id }) => id },
);

test('walking the pages shows every item once, newest first, whatever the page size', () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 7 }), (all, limit) => {
      const seen = [];
      let cursor: string | null | undefined;
      do {
        const page = sliceOf(all, cursor == null ? { limit } : { limit, cursor });
        seen.push(...page.data);
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(new Set(seen)).toEqual(new Set(all));
      expect(seen).toHaveLength(all.length);
      expect(seen.map(({ createdAtMs }) => createdAtMs)).toEqual(
        all.map(({ createdAtMs }) => createdAtMs).toSorted((a, b) => b - a),
      );
    }),
  );
});

test('items added or removed meanwhile neither repeat nor hide others', () => {
  const all = [5, 4, 3, 2, 1].map((createdAtMs) => ({ id: `id${createdAtMs}`, createdAtMs }));
  const first = sliceOf(all, { limit: 2 });
  const changed = [{ id: 'new', createdAtMs: 9 }, ...all.filter(({ id }) => id !== 'id4')];
  expect(sliceOf(changed, { limit: 9, cursor: first.nextCursor! }).data.map(({ id }) => id)).toEqual([
    'id3',
    'id2',
    'id1',
  ]);
});

test.each(['', 'nonsense', Buffer.from('[1]').toString('base64url'), Buffer.from('{"a":1}').toString('base64url')])(
  'the cursor %j is a fault of the query',
  (cursor) => {
    expect(() => sliceOf([], { limit: 1, cursor })).toThrow(/not a cursor of this list/);
  },
);
