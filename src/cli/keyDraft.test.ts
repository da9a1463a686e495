import { expect, test } from 'vitest';
import { keyDraft } from './keyDraft.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

test('an expiry is a span from now, a time as it is, or never', () => {
  const expiry = (expires: string) => keyDraft('a', { scope: 'all', expires }, nowMs)['expiresAt'];
  expect(expiry('12h')).toBe('2026-03-02T00:00:00.000Z');
  expect(expiry('30d')).toBe('2026-03-31T12:00:00.000Z');
  expect(expiry('2030-01-01T00:00:00+08:00')).toBe('2030-01-01T00:00:00+08:00');
  expect(expiry('never')).toBeNull();
  for (const faulty of ['', '0d', '1.5h', '30', '30m', '-1d', '100000d', '2030-01-01', 'soon']) {
    expect(() => expiry(faulty)).toThrow('--expires takes');
  }
});

test('what is not asked for is left out, so that the copied key decides', () => {
  expect(keyDraft('a', { copyFrom: 'key' }, nowMs)).toEqual({ name: 'a', copyFrom: 'key' });
});

test('resources of every kind make one range', () => {
  const options = { model: ['vendor/m', 'n'], endpoint: ['ep-1'], service: ['s', 't:read', 'u:write'] };
  expect(keyDraft('a', options, nowMs)['scope']).toEqual({
    mode: 'range',
    resources: [
      { type: 'model', id: 'vendor/m' },
      { type: 'model', id: 'n' },
      { type: 'endpoint', id: 'ep-1' },
      { type: 'service', id: 's' },
      { type: 'service', id: 't', access: 'read' },
      { type: 'service', id: 'u', access: 'write' },
    ],
  });
});

test('A03 T19 a group and a region are handed on as they are named', () => {
  expect(keyDraft('a', { scope: 'all', group: 'economy', region: 'eu-1' }, nowMs)).toMatchObject({
    groupId: 'economy',
    region: 'eu-1',
  });
});
