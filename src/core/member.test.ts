import { expect, test } from 'vitest';
import { isPersonId, rankOf } from './member.ts';

test('owners are above admins, and admins above members', () => {
  expect(rankOf('owner')).toBeGreaterThan(rankOf('admin'));
  expect(rankOf('admin')).toBeGreaterThan(rankOf('member'));
});

test('a creator is a person by the prefix of its id', () => {
  expect(['usr_1', 'key_1', 'root', 'xusr_1'].map(isPersonId)).toEqual([true, false, false, false]);
});
