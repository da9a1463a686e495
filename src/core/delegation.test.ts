import { expect, test } from 'vitest';
import { excessErrors, excessOf, type Bounds } from './delegation.ts';

const bounds = (over: Partial<Bounds> = {}): Bounds => ({ expiresAtMs: null, ipAllow: [], ipDeny: [], ...over });

test.each<[Partial<Bounds>, Partial<Bounds>, string[]]>([
  [{}, {}, []],
  [{ expiresAtMs: 1, ipAllow: ['10.0.0.1'], ipDeny: ['10.0.0.2'] }, {}, []],
  [{ expiresAtMs: 5 }, { expiresAtMs: 5 }, []],
  [{ expiresAtMs: 6 }, { expiresAtMs: 5 }, ['expiresAtMs']],
  [{}, { expiresAtMs: 5 }, ['expiresAtMs']],
  [{}, { ipAllow: ['10.0.0.0/8'] }, ['ipAllow']],
  [{ ipAllow: ['10.1.0.0/16', '10.0.0.1'] }, { ipAllow: ['192.0.2.0/24', '10.0.0.0/8'] }, []],
  [{ ipAllow: ['10.1.0.0/16', '11.0.0.1'] }, { ipAllow: ['10.0.0.0/8'] }, ['ipAllow']],
  [{}, { ipDeny: ['10.0.0.1'] }, ['ipDeny']],
  [{ ipDeny: ['10.0.0.0/8', '::1'] }, { ipDeny: ['10.0.0.1', '10.1.0.0/16'] }, []],
])('%j within %j exceeds in %j', (inner, outer, expected) => {
  const excess = excessOf(bounds(inner), bounds(outer));
  expect(excess).toEqual(expected);
  expect(excessErrors(excess)).toHaveLength(expected.length);
});
