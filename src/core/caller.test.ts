import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOperator, reaches, type Caller } from './caller.ts';

const caller = (accountId: string | null, projectId: string | null): Caller => ({
  kind: 'key',
  id: 'key_1',
  ...(accountId === null ? { accountId, projectId: null } : { accountId, projectId }),
});
const account = fc.constantFrom('acc_1', 'acc_2');
const project = fc.option(fc.constantFrom('prj_1', 'prj_2'));

describe('reaches', () => {
  test('the operator reaches everything', () => {
    fc.assert(
      fc.property(account, project, (accountId, projectId) => reaches(caller(null, null), { accountId, projectId })),
    );
    expect(isOperator(caller(null, null))).toBe(true);
  });

  test('X06 nobody else reaches into another account, even where a project’s id is the same', () => {
    fc.assert(
      fc.property(project, project, (own, other) => {
        expect(reaches(caller('acc_1', own), { accountId: 'acc_2', projectId: other })).toBe(false);
      }),
    );
    expect(isOperator(caller('acc_1', null))).toBe(false);
  });

  test('a caller of the whole account reaches all of it', () => {
    expect(reaches(caller('acc_1', null), { accountId: 'acc_1', projectId: 'prj_1' })).toBe(true);
    expect(reaches(caller('acc_1', null), { accountId: 'acc_1', projectId: null })).toBe(true);
  });

  test('V04 a caller of one project reaches that project, not its neighbour and not the account', () => {
    const one = caller('acc_1', 'prj_1');
    expect(reaches(one, { accountId: 'acc_1', projectId: 'prj_1' })).toBe(true);
    expect(reaches(one, { accountId: 'acc_1', projectId: 'prj_2' })).toBe(false);
    expect(reaches(one, { accountId: 'acc_1', projectId: null })).toBe(false);
  });
});
