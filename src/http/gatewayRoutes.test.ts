import { expect, test } from 'vitest';
import { modelRoute, shapeOf } from './gatewayRoutes.ts';

test('each route knows its protocol, its providers and how it is charged', () => {
  expect(modelRoute('/v1/chat/completions')).toMatchObject({
    protocol: 'openai-chat',
    kinds: ['openai', 'demo'],
    billing: 'tokens',
    asksForUsage: true,
  });
  expect(modelRoute('/v1/messages')).toMatchObject({
    protocol: 'anthropic-messages',
    kinds: ['anthropic', 'demo'],
    billing: 'tokens',
    asksForUsage: false,
  });
  expect(modelRoute('/v1/messages/count_tokens')).toMatchObject({ billing: 'free' });
});

test.each([
  '/v1/rerank',
  '/v1/images/generations',
  '/v1/audio/speech',
  '/v1/audio/transcriptions',
  '/v1/moderations',
  '/v1/a/b.c/d-e',
])('%s is passed through, charged by the report', (path) => {
  expect(modelRoute(path)).toMatchObject({ template: '/v1/*', billing: 'reported' });
});

test.each([
  '/v1/',
  '/v1/.',
  '/v1/..',
  '/v1/rerank/..',
  '/v1/rerank/../files',
  '/v1/rerank/./x',
  '/v1/rerank/.x',
  '/v1/a//b',
  '/v1/a/',
  '/v1/a%2fb',
  '/v1/a\\b',
  '/v1/a;b',
  '/v1/a b',
  '/v1/é',
  '/v2/chat/completions',
  '/v1/files',
  '/v1/FILES/x',
  '/v1/responses/resp_1',
  '/v1/audio/voices',
  '/v1/Audio/Voices',
  '/v1/audio/voices/x',
  '/v1/agents',
  '/v1/vector-stores/search',
  '/v1/fine_tuning/jobs',
  '/v1/novelty/obj_1a2b3c/run',
  '/v1/novelty/f47ac10b-58cc-4372-a567-0e02b2c3d479',
  '/v1/novelty/abcdefghijklmnopqrstuvwxyz',
  '/v1/rerank/..%00',
  '/v1/rerank/%c0%ae%c0%ae/files',
  '/v1/%2e%2e/v1/files',
  '/v1/rerank\\..\\files',
])('D22: %s is not carried', (path) => {
  expect(modelRoute(path)).toBeUndefined();
});

test('an error comes in the shape of the SDK that called, on paths that are no routes too', () => {
  expect(shapeOf('/v1/messages', undefined)).toBe('anthropic');
  expect(shapeOf('/v1/messages/batches', undefined)).toBe('anthropic');
  expect(shapeOf('/v1/models', '2023-06-01')).toBe('anthropic');
  expect(shapeOf('/v1/models', undefined)).toBe('openai');
  expect(shapeOf('/v1/messagesx', undefined)).toBe('openai');
  expect(shapeOf('/v1/anything', '2023-06-01')).toBe('openai');
});
