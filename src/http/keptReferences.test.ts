import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import type { WireProtocol } from './gatewayRoutes.ts';
import { refuseKept } from './keptReferences.ts';

/** The member that is refused, or null. */
function refused(protocol: WireProtocol, body: object | string): string | null {
  try {
    refuseKept(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), protocol);
    return null;
  } catch (fault) {
    if (!(fault instanceof Fault) || fault.code !== 'invalid_request') throw fault;
    return /^"([^"]+)"/.exec(fault.message)?.[1] ?? '';
  }
}

const user = (...content: object[]) => [{ role: 'user', content }];

describe('what names something kept at the provider is refused', () => {
  test.each<[WireProtocol, string, object]>([
    ['openai-responses', 'item_reference', { input: [{ type: 'item_reference', id: 'rs_1' }] }],
    ['openai-responses', 'id', { input: [{ id: 'msg_1' }] }],
    ['openai-responses', 'id', { input: [{ id: 'msg_1', type: null }] }],
    ['openai-responses', 'prompt.id', { prompt: { version: '2', id: 'pmpt_1' } }],
    ['openai-responses', 'file_id', { input: user({ type: 'input_file', file_id: 'file_1' }) }],
    ['openai-responses', 'vector_store_ids', { tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }],
    ['openai-responses', 'container', { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }],
    [
      'openai-responses',
      'file_ids',
      { tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file_1'] } }] },
    ],
    ['openai-chat', 'audio.id', { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] }],
    ['openai-chat', 'file_id', { messages: user({ type: 'file', file: { file_id: 'file_1' } }) }],
    ['openai-other', 'voice.id', { voice: { id: 'voice_1' } }],
    ['openai-other', 'file_id', { parameters: { images: [{ file_id: 'file_1' }] } }],
    ['anthropic-messages', 'container', { container: 'container_1' }],
    ['anthropic-messages', 'container.id', { container: { skills: [], id: 'container_1' } }],
    ['anthropic-messages', 'skill_id', { container: { skills: [{ type: 'custom', skill_id: 'skill_1' }] } }],
    [
      'anthropic-messages',
      'file_id',
      { messages: user({ type: 'document', source: { type: 'file', file_id: 'file_1' } }) },
    ],
    ['anthropic-other', 'file_id', { messages: user({ type: 'container_upload', file_id: 'file_1' }) }],
  ])('%s: %s', (protocol, member, body) => {
    expect(refused(protocol, { model: 'm', ...body, max_tokens: 5 })).toBe(member);
    expect(refused(protocol, JSON.stringify({ model: 'm', ...body }, null, 2))).toBe(member);
  });

  test.each([
    String.raw`{"a":[{"\u0066ile_id":"x"}]}`,
    '{"a":{"FILE_Id":"x"}}',
    '{"a":{"fıle_id":"x"}}',
    '{"metadata":{"file_id":"ours"},"a":{"file_id" \t:\n"x"}}',
    '{"metadata":"file_id","file_id":"x"}',
    `{"a":"${'x'.repeat(100)}${String.raw`\"`}","file_id":"x"}`,
    `{"a":"${String.raw`${'/'.repeat(40)}\/`.repeat(10)}","file_id":"x"}`,
    String.raw`{"a":"\\","file_id":"x"}`,
  ])('however it is written: %s', (text) => {
    expect(refused('openai-chat', text)).toBe('file_id');
  });

  test('the name of an item’s kind, too', () => {
    expect(refused('openai-responses', String.raw`{"input":[{"type":"item\u005freference","id":"x"}]}`)).toBe(
      'item_reference',
    );
  });

  test('at any depth, and after anything, whatever the body (as JSON.parse sees it)', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const holds = (value: unknown): boolean =>
          JSON.stringify(value).toLowerCase().includes('id') || JSON.stringify(value).includes('container');
        fc.pre(!holds(one) && !holds(other));
        expect(refused('openai-other', JSON.stringify({ one, other }))).toBeNull();
        expect(refused('openai-other', JSON.stringify({ one, other: [[{ other, file_id: 'x' }]] }))).toBe('file_id');
      }),
    );
  });
});

describe('what only looks like it is taken', () => {
  test.each<[WireProtocol, object]>([
    ['openai-chat', { messages: [{ role: 'user', content: 'say "file_id": "x" and {"container":"y"}' }] }],
    [
      'openai-chat',
      {
        tools: [
          {
            type: 'function',
            function: {
              parameters: {
                properties: { file_id: {} },
                required: ['file_id'],
                examples: [{ file_id: 'a', container: 'b' }],
              },
            },
          },
        ],
      },
    ],
    [
      'openai-chat',
      { response_format: { type: 'json_schema', json_schema: { schema: { default: { file_id: 'x' } } } } },
    ],
    ['openai-chat', { metadata: { container: 'blue', file_id: 'ours' }, audio: { voice: 'alloy', format: 'wav' } }],
    [
      'openai-chat',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: null, file_data: 'x' } }] }] },
    ],
    [
      'openai-responses',
      {
        input: [
          { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
          { id: 'msg_1', role: 'assistant', content: 'x' },
        ],
      },
    ],
    ['openai-responses', { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] }],
    [
      'openai-responses',
      {
        input: [
          {
            type: 'message',
            role: 'assistant',
            content: [{ type: 'output_text', text: 'x', annotations: [{ type: 'file_citation', file_id: 'x' }] }],
          },
        ],
      },
    ],
    [
      'anthropic-messages',
      {
        messages: [
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'toolu_1', name: 'ship', input: { container: 'MSKU1', file_id: 'x' } }],
          },
        ],
      },
    ],
    [
      'anthropic-messages',
      { tools: [{ name: 'ship', input_schema: { properties: { container: { type: 'string' } } } }] },
    ],
    ['openai-completions', { prompt: 'x', suffix: 'container' }],
    ['openai-embeddings', { input: ['file_id', 'container'] }],
  ])('%s %j', (protocol, body) => expect(refused(protocol, { model: 'm', ...body })).toBeNull());
});

test('twenty megabytes cost little: one string, one full of escapes, and many names', () => {
  const filled = (part: string): Buffer => Buffer.from(`{"a":"${part.repeat(20_000_000 / part.length)}"}`);
  for (const [body, mostMs] of [
    [filled('abcdefgh'), 150],
    [filled(String.raw`abcdefgh\/`), 800],
    [Buffer.from(`{"a":[${Array.from({ length: 1_000_000 }, () => '{"some_name":"v"}').join(',')}]}`), 2500],
  ] as const) {
    const startedMs = performance.now();
    refuseKept(body, 'openai-chat');
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeLessThan(mostMs);
  }
});
