import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPath, patternError } from './pathPattern.ts';

describe('Z09 a pattern of paths', () => {
  test.each([
    ['/collections/a', ['/collections/a', '/collections/a/', '/collections/a/points', '/collections/%61/x']],
    ['/collections/a/', ['/collections/a', '/collections/a/b/c']],
    ['/collections/a/**', ['/collections/a', '/collections/a/b', '/collections/a/b/c/']],
    ['/collections/*/points', ['/collections/a/points', '/collections/b%20c/points']],
    ['/collections/tenant-*', ['/collections/tenant-', '/collections/tenant-7', '/collections/tenant-a.b']],
    ['/**/search', ['/search', '/a/search', '/a/b/search', '/search/search']],
    ['/a*b*c', ['/abc', '/axbxbxc']],
    ['/', ['/', '/a', '/a/b']],
    ['/*', ['/a', '/b/']],
  ])('%s matches what it should', (pattern, paths) => {
    expect(patternError(pattern)).toBeNull();
    for (const path of paths) expect([path, matchesPath([pattern], path)]).toEqual([path, true]);
  });

  test.each([
    [
      '/collections/a',
      ['/collections', '/collections/ab', '/Collections/a', '/x/collections/a', '', '/', 'collections/a'],
    ],
    ['/collections/a/**', ['/collections/ab', '/collections', '/collections/b/a']],
    ['/collections/*/points', ['/collections/points', '/collections/a/b/points', '/collections/a/points/1']],
    ['/collections/tenant-*', ['/collections/tenant', '/collections/tenant-7/x']],
    ['/a*b*c', ['/ac', '/abcd', '/ab/c']],
    ['/*', ['/', '/a/b']],
  ])('%s matches nothing else', (pattern, paths) => {
    for (const path of paths) expect([path, matchesPath([pattern], path)]).toEqual([path, false]);
  });

  test('what servers may read as another path matches every path or none', () => {
    const doubtful = [
      '/a/../b',
      '/a/./b',
      '/a/..;x/b',
      '/a/%2e%2e/b',
      '/a/b%2fc',
      '/a/b%5Cc',
      '/a/b\\c',
      '/a/%252e%252e/b',
      '/a//b',
      '//a',
      '/a/%00',
      '/a/%zz',
      '/a/%c0%ae',
      '/a?b',
      '/a#b',
      `/a${'/b'.repeat(100)}`,
      `/a/${'b'.repeat(1025)}`,
    ];
    for (const path of doubtful) {
      expect([path, matchesPath(['/', '/a', '/a/**', '/*/**'], path)]).toEqual([path, false]);
      expect(matchesPath(['/**'], path)).toBe(true);
    }
    expect(matchesPath(['/a'], null)).toBe(false);
    expect(matchesPath(['/a', '/**'], null)).toBe(true);
  });

  test('one of several is enough, and none of none', () => {
    expect(matchesPath(['/a', '/b'], '/b/c')).toBe(true);
    expect(matchesPath([], '/')).toBe(false);
  });

  test.each([
    '',
    'a',
    '/a//b',
    '/a/%62',
    '/a?b',
    '/a b',
    '/a/../b',
    '/./a',
    '/a**',
    '/a/b**/c',
    '/ü',
    `/${'a'.repeat(256)}`,
  ])('is refused where it means nothing: %s', (pattern) => expect(patternError(pattern)).toMatch(/\.$/));

  test('agrees with a regular expression for every pattern and path', () => {
    const segment = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 4 });
    const part = fc.oneof(
      segment.filter((text) => !text.includes('**')),
      fc.constant('**'),
    );
    const patterns = fc.array(part, { minLength: 1, maxLength: 5 });
    const paths = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(patterns, paths, (pattern, path) => {
        const source = pattern
          .map((one) => (one === '**' ? '(?:/[^/]+)*' : `/${one.replaceAll('*', '[^/]*')}`))
          .join('');
        const isPrefix = !pattern.join('').includes('*');
        const expected = new RegExp(`^${source}${isPrefix ? '(?:/.*)?' : ''}$`);
        const text = path.map((one) => `/${one}`).join('');
        expect(matchesPath([`/${pattern.join('/')}`], text === '' ? '/' : text)).toBe(
          (pattern.length === 1 && pattern[0] === '**') || expected.test(text),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('takes no time that grows with what a client makes up', () => {
    const startedAtMs = performance.now();
    matchesPath(Array(50).fill(`/${'*a'.repeat(120)}`), `/${'a'.repeat(1000)}b`);
    matchesPath(Array(50).fill(`/${'**/a/'.repeat(50)}b`), '/a'.repeat(100));
    expect(performance.now() - startedAtMs).toBeLessThan(1500);
  });
});
