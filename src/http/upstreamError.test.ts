import { expect, test } from 'vitest';
import { upstreamError } from './upstreamError.ts';

const answer = (
  status: number,
  body: unknown,
  options: { shape?: 'openai' | 'anthropic'; credential?: string | null; headers?: Record<string, string> } = {},
) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { credential = 'cred', shape = 'openai', headers = {} } = options;
  const made = upstreamError(shape, status, headers, Buffer.from(text), { credential }, 'req_1');
  return { ...made, text: made.body.toString() };
};
const error = { message: 'no', type: 't', param: null, code: null };

test('an error in the route’s own shape passes byte for byte, with what says when to come back', () => {
  const body = ' {"error": {"message":"n\\u006f","type":"t"}, "x":1.0}';
  const made = answer(429, body, { headers: { 'retry-after': '5', 'x-should-retry': 'true', 'set-cookie': 'a' } });
  expect(made.text).toBe(body);
  expect(made.headers).toMatchObject({
    'retry-after': '5',
    'x-should-retry': 'true',
    'x-keyward-code': 'upstream_error',
  });
  expect(made.headers).not.toHaveProperty('set-cookie');
  expect(answer(529, { type: 'error', error }, { shape: 'anthropic' })).toMatchObject({
    status: 529,
    text: JSON.stringify({ type: 'error', error }),
  });
  // OpenAI's shape on Anthropic's route is another dialect.
  expect(JSON.parse(answer(400, { error }, { shape: 'anthropic' }).text)).toMatchObject({
    type: 'error',
    request_id: 'req_1',
  });
});

test.each([401, 402, 403, 407])('%i is about the operator’s account: a 502 in our words', (status) => {
  const made = answer(status, { error: { ...error, message: 'their words' } });
  expect(made.status).toBe(502);
  expect(made.text).not.toContain('their words');
  expect(made.headers['x-keyward-code']).toBe('upstream_refused');
});

test.each([100, 199, 300, 302, 304, 399, 600, 999])('%i is no error of HTTP: a 502', (status) => {
  expect(answer(status, { error }).status).toBe(502);
});

test.each([
  ['plain', 'sk-1', { error: { ...error, message: 'key sk-1 and sk-1' } }],
  ['as a name of a member', 'sk-1', { error, 'sk-1': 1 }],
  ['escaped', 'sk"1/\\', '{"error":{"message":"key sk\\"1\\/\\\\ \\u0073k\\u0022\\u0031/\\u005c"}}'],
  ['in a body cut off', 'sk-1', '{"error":{"message":"sk-1'],
  ['in HTML', 'sk-1', '<p>sk-1</p>'],
  ['where only the message is taken', 'sk-1', { detail: 'sk-1' }],
])('the credential is struck out: %s', (_where, credential, body) => {
  const { text } = answer(400, body, { credential });
  expect(JSON.stringify(JSON.parse(text))).not.toContain(JSON.stringify(credential).slice(1, -1));
});

test('without a credential nothing is struck out', () => {
  for (const credential of [null, ''])
    expect(answer(400, { error }, { credential }).text).toBe(JSON.stringify({ error }));
});
