import { expect, test } from 'vitest';
import { baseUrlOf, isElsewhere, NO_REGIONS, type Regions } from './region.ts';

const regions: Regions = {
  own: 'eu-1',
  all: [
    { id: 'eu-1', baseUrl: 'https://eu.example' },
    { id: 'us-1', baseUrl: 'https://us.example' },
  ],
  publicUrl: 'https://keyward.example',
};

test('D19 the address to call is that of the key’s region, of this node’s for keys of none, and else the public one', () => {
  expect(baseUrlOf(regions, 'us-1')).toBe('https://us.example');
  expect(baseUrlOf(regions, null)).toBe('https://eu.example');
  expect(baseUrlOf(regions, 'gone-1')).toBe('https://keyward.example');
  expect(baseUrlOf({ ...NO_REGIONS, publicUrl: 'https://keyward.example' }, null)).toBe('https://keyward.example');
  expect(baseUrlOf(NO_REGIONS, null)).toBeNull();
});

test('T19 a key is elsewhere where it and the node have regions, and not the same', () => {
  expect([isElsewhere('eu-1', 'us-1'), isElsewhere('eu-1', 'eu-1')]).toEqual([true, false]);
  expect([isElsewhere(null, 'us-1'), isElsewhere('eu-1', null), isElsewhere(null, null)]).toEqual([
    false,
    false,
    false,
  ]);
});
