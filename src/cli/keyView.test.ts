import { expect, test } from 'vitest';
import type { KeyAnswer } from './keyLookup.ts';
import { ago, keyDetails, keyTable } from './keyView.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');
const key: KeyAnswer = {
  id: 'key_8Kq3VbT1xYw0RzE5uNfa',
  accountId: 'acc_1',
  projectId: 'prj_1',
  class: 'standard',
  name: 'prod-api',
  description: '',
  environment: 'prod',
  masked: 'kw_2b***3sQc',
  status: 'disabled',
  state: 'expired',
  scope: {
    mode: 'range',
    resources: [
      { type: 'service', id: 'svc_1', access: 'read' },
      { type: 'model', id: 'mdl_1' },
    ],
  },
  ipAllow: [],
  ipDeny: [],
  expiresAt: '2026-02-01T00:00:00.000Z',
  limitTemplateId: null,
  groupId: null,
  region: null,
  baseUrl: null,
  isDefault: false,
  rotateEveryDays: null,
  parentKeyId: null,
  owner: { id: 'root', name: 'root', present: true },
  createdBy: 'root',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  lastUsedAt: '2026-02-27T12:00:00.000Z',
  lastUsedAddress: '192.0.2.1',
};

test('V12: the state is shown and coloured on a terminal', () => {
  const look = { columns: 80, colour: true, nowMs };
  expect(keyTable([{ ...key, state: 'active' }], look)[1]).toContain('\u001b[32mactive');
  expect(keyTable([key], look)[1]).toContain('\u001b[31mexpired');
  expect(keyDetails(key, new Map(), { ...look, colour: false })).toContain('State         expired (and disabled)');
});

test('T14: a wide terminal shows scope, environment, expiry and creation as well', () => {
  const [titles, row] = keyTable([key], { columns: 140, colour: false, nowMs });
  expect(titles).toMatch(/^NAME +KEY +STATE +LAST USED +SCOPE +ENVIRONMENT +EXPIRES +CREATED +ID$/);
  expect(row).toMatch(
    /^prod-api +kw_2b\*\*\*3sQc +expired +2 d ago +2 named +prod +2026-02-01 +2026-01-01 +key_8Kq3VbT1xYw0RzE5uNfa$/,
  );
});

test('V13 V14: details name what is open, and fall back to ids', () => {
  const details = keyDetails(key, new Map([['svc_1', 'vectors']]), { columns: 80, colour: false, nowMs }).join('\n');
  expect(details).toContain('service vectors (svc_1), reading only\n              model mdl_1');
  expect(details).toContain('Last used     2026-02-27 12:00 UTC (2 d ago) from 192.0.2.1');
});

test('moments of the past are told in a few characters', () => {
  const told = [0, 59_000, 60_000, 3_599_000, 3_600_000, 47 * 3_600_000, 48 * 3_600_000].map((ms) =>
    ago(new Date(nowMs - ms).toISOString(), nowMs),
  );
  expect(told).toEqual(['just now', 'just now', '1 min ago', '59 min ago', '1 h ago', '47 h ago', '2 d ago']);
  expect(ago(null, nowMs)).toBe('never');
  expect(ago(new Date(nowMs + 5000).toISOString(), nowMs)).toBe('just now');
});
