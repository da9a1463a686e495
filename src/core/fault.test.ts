import { describe, expect, test } from 'vitest';
import { Fault, FAULTS, invalidField, notFound } from './fault.ts';

describe('Fault', () => {
  test('carries its status, a public sentence, and apart from it what goes to the log only', () => {
    const cause = new Error('socket hang up');
    const fault = new Fault('upstream_unreachable', 'The upstream did not answer.', {
      private: 'connect 10.0.0.7:443',
      cause,
    });
    expect(fault).toBeInstanceOf(Error);
    expect(fault).toMatchObject({
      name: 'Fault',
      code: 'upstream_unreachable',
      status: 502,
      message: 'The upstream did not answer.',
      cause,
    });
    expect(fault.message).not.toContain('10.0.0.7');
    expect(fault.details.private).toBe('connect 10.0.0.7:443');
  });

  test('has no cause unless one is given', () => {
    expect('cause' in new Fault('internal', 'x')).toBe(false);
    expect('cause' in new Fault('internal', 'x', { cause: null })).toBe(true);
  });

  test('every fault is a 4xx or 5xx', () => {
    expect(Object.values(FAULTS).every((status) => status >= 400 && status < 600)).toBe(true);
  });
});

test('a faulty field is named by its pointer', () => {
  expect(invalidField('/name', 'Too long.')).toMatchObject({
    code: 'invalid_request',
    status: 400,
    message: 'Too long.',
    details: { errors: [{ pointer: '/name', detail: 'Too long.' }] },
  });
});

test('X06 what is not there and what may not be known are answered alike, and a long id is cut', () => {
  expect(notFound('key', 'key_1')).toMatchObject({
    status: 404,
    message: 'There is no key key_1 here. Check the id, or list what you may see.',
  });
  expect(notFound('key', 'x'.repeat(5000)).message.length).toBeLessThan(200);
});

test('X03 a key’s value in the place of its id is not repeated', () => {
  expect(notFound('key', 'kw_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17').message).toBe(
    'There is no key kw_zQWBu... here. Check the id, or list what you may see.',
  );
});
