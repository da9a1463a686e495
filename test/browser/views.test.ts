// What pages read out of an address, which anybody may have written.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAccountKeysView } from '../../console/src/accountKeys/accountKeysView.ts';
import { readAuditView } from '../../console/src/audit/auditView.ts';
import { readHygieneView } from '../../console/src/hygiene/hygieneView.ts';
import { readKeyView } from '../../console/src/key/keyView.ts';
import { readKeysView } from '../../console/src/keys/keysView.ts';
import { readLeaksView } from '../../console/src/leaks/leaksView.ts';
import { readNoticesView } from '../../console/src/notices/noticesView.ts';
import { readOpenView } from '../../console/src/operator/openView.ts';
import { readPeopleView } from '../../console/src/operator/people/peopleView.ts';
import { readQuotaView } from '../../console/src/operator/quota/quotaView.ts';
import { readRequestsView } from '../../console/src/requests/requestsView.ts';
import { readModelsView } from '../../console/src/resources/modelsView.ts';
import { readUsageView } from '../../console/src/usage/usageView.ts';
import { spanOf } from '../../console/src/usage/span.ts';

const READERS: Record<string, (given: Record<string, unknown>) => object> = {
  readAccountKeysView,
  readAuditView,
  readHygieneView,
  readKeyView,
  readKeysView,
  readLeaksView,
  readNoticesView,
  readOpenView,
  readPeopleView,
  readQuotaView,
  readRequestsView,
  readModelsView,
  readUsageView,
};

/** Names that some page reads, and some that none does. */
const NAMES =
  'search state class finding environment groupId region createdBy mine unusedForDays olderThanDays create status origin ' +
  'keyId kind tab all provider open person show model address code days from to by measure actorId operation objectType ' +
  'objectId outcome group a __proto__ constructor toString cursor limit';
const given = fc.dictionary(
  fc.constantFrom(...NAMES.split(' ')),
  fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      '2026-02-30',
      '2026-03-01',
      '2026-03-01T09',
      '2026-03-04T24',
      '2027-01-01T00',
      'open',
      '__proto__',
      1e30,
      -1,
      30,
      '',
    ),
  ),
);

describe.each(Object.entries(READERS))('%s', (_, read) => {
  test('makes something of every address, and the same of what it made', () => {
    fc.assert(
      fc.property(given, (search) => {
        const view = read(search);
        expect(read({ ...view })).toEqual(view);
        for (const [name, value] of Object.entries(view)) {
          expect(NAMES.split(' ').slice(0, 36)).toContain(name);
          expect(['string', 'number', 'boolean']).toContain(typeof value);
        }
      }),
    );
  });
});

test('days and statuses that cannot be are left out, as the server refuses them', () => {
  expect(readKeysView({ unusedForDays: 1e30, olderThanDays: 99_999_999 })).toEqual({});
  expect(readKeysView({ unusedForDays: 36_500, olderThanDays: 0 })).toEqual({
    unusedForDays: 36_500,
    olderThanDays: 0,
  });
  for (const status of [0, 99, 600, 999_999, -200, 200.5]) expect(readRequestsView({ status })).toEqual({});
  expect(readRequestsView({ status: 429 })).toEqual({ status: 429 });
});

test('every span of an address is one of some days or hours, and of no more than the server answers at once', () => {
  fc.assert(
    fc.property(given, (search) => {
      const { unit, steps } = spanOf(readUsageView(search), Date.parse('2026-11-21T12:00:00Z'));
      expect(steps.length).toBeGreaterThan(0);
      expect(steps.length).toBeLessThanOrEqual(unit === 'day' ? 400 : 48);
    }),
  );
});
