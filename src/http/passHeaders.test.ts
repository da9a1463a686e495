import { expect, test } from 'vitest';
import { toClient, toModel, toService } from './passHeaders.ts';

test('a model’s provider is told what is on the list and nothing else', () => {
  const given = {
    'content-type': 'application/json',
    'openai-beta': 'a',
    authorization: 'Bearer k',
    'x-forwarded-for': '1.1.1.1',
    'anthropic-version': 'v',
    'x-any': 'b',
    'accept-encoding': 'br',
  };
  expect(toModel({ ...given, 'user-agent': 'app kw_secret' }, 'kw_secret')).toEqual({
    'content-type': 'application/json',
    'openai-beta': 'a',
    'anthropic-version': 'v',
    'accept-encoding': 'identity',
  });
});

test('a service is told everything but credentials, claims and what belongs to the connection', () => {
  const given = {
    accept: '*/*',
    connection: 'close, X-Hop',
    'x-hop': '1',
    host: 'h',
    authorization: 'Bearer k',
    cookie: 'c',
    te: 'trailers',
    'x-copy': 'a secret-key b',
    'x-list': ['one', 'secret-key'],
    'x-form': 'Basic c2VjcmV0',
    'x-keyward-key-id': 'forged',
    x_keyward_key_id: 'forged',
    x_real_ip: '1.1.1.1',
    'x-own': 'yes',
    'content-length': '5',
  };
  expect(toService(given, ['secret-key', 'c2VjcmV0'], { 'x-keyward-key-id': 'key_1' })).toEqual({
    accept: '*/*',
    'x-own': 'yes',
    'content-length': '5',
    'x-keyward-key-id': 'key_1',
  });
});

test('a client is told everything but what belongs to the connection and to the operator’s account', () => {
  const given = {
    'content-type': 'text/plain',
    'content-length': '5',
    connection: 'x-hop',
    'x-hop': '1',
    'set-cookie': ['a'],
    'x-ratelimit-remaining': '1',
    'ratelimit-policy': 'a',
    'x-echo': 'Bearer cred',
    date: 'now',
  };
  expect(toClient(given, 'cred', false)).toEqual({ 'content-type': 'text/plain', 'content-length': '5', date: 'now' });
  expect(toClient(given, null, true)).toEqual({ 'content-type': 'text/plain', 'x-echo': 'Bearer cred', date: 'now' });
});
