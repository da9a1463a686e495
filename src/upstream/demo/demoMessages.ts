/** The demo model behind Anthropic's `/messages` and `/messages/count_tokens`. */
import { json, stream, typedEvent, type DemoAnswer, type DemoRequest } from './demoWire.ts';
import { DemoRefusal, generate, inputTokens, list, readContent, readCount, record } from './demoText.ts';
import type { Conversation, Generation, Json, Tool } from './demoText.ts';

export function messagesAnswer(request: DemoRequest, body: Json): DemoAnswer {
  const conversation = readMessages(body);
  if (conversation.maxTokens === null) throw new DemoRefusal(400, 'max_tokens: Field required', 'max_tokens');
  const generation = generate(conversation);
  const message = messageOf(request, body, conversation, generation);
  return body['stream'] === true ? stream(messageEvents(message, generation)) : json(200, message);
}

export function countTokensAnswer(body: Json): DemoAnswer {
  return json(200, { input_tokens: readMessages(body).inputTokens });
}

function readMessages(body: Json): Conversation {
  const messages = list(body['messages']);
  const last = messages.at(-1);
  if (last === undefined) throw new DemoRefusal(400, 'messages: at least one message is required', 'messages');
  const contents = messages.map(({ content }) => readContent(content));
  const system = body['system'] === undefined ? [] : [readContent(body['system'])];
  return {
    said: contents.at(-1)?.text ?? '',
    byTool: list(last['content']).some(({ type }) => type === 'tool_result'),
    images: contents.at(-1)?.images ?? 0,
    inputTokens: inputTokens([...system, ...contents]),
    tools: list(body['tools']).flatMap(readTool),
    choice: readChoice(record(body['tool_choice'])),
    maxTokens: readCount(body, 'max_tokens'),
    json: record(record(body['output_config'])['format'])['type'] === 'json_schema',
  };
}

function readTool({ name, input_schema }: Json): Tool[] {
  return typeof name === 'string' ? [{ name, parameters: record(input_schema) }] : [];
}

function readChoice({ type, name }: Json): Conversation['choice'] {
  if (type === 'none') return { mode: 'none', name: null };
  if (type === 'any') return { mode: 'required', name: null };
  return type === 'tool' && typeof name === 'string' ? { mode: 'required', name } : { mode: 'auto', name: null };
}

interface Message extends Json {
  readonly content: readonly Json[];
  readonly stop_reason: 'end_turn' | 'max_tokens' | 'tool_use';
  readonly usage: Json;
}

function messageOf(request: DemoRequest, body: Json, conversation: Conversation, generation: Generation): Message {
  const id = request.requestId.replaceAll(/[^A-Za-z0-9]/g, '');
  const { tool, pieces, cut } = generation;
  const text = pieces.join('');
  // Arguments that were cut short are no JSON; a whole answer has to hold an object.
  const input = tool === null || cut ? {} : record(JSON.parse(text));
  const block =
    tool === null
      ? { type: 'text', text, citations: null }
      : { type: 'tool_use', id: `toolu_${id}`, name: tool.name, input, caller: { type: 'direct' } };
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model: body['model'],
    content: [block],
    stop_reason: cut ? 'max_tokens' : tool === null ? 'end_turn' : 'tool_use',
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: {
      input_tokens: conversation.inputTokens,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: pieces.length,
      output_tokens_details: { thinking_tokens: 0 },
      server_tool_use: null,
      service_tier: 'standard',
      speed: 'standard',
      inference_geo: null,
    },
  };
}

function* messageEvents(message: Message, { tool, pieces }: Generation): Generator<Buffer> {
  const { stop_reason, usage } = message;
  yield typedEvent({
    type: 'message_start',
    message: {
      ...message,
      content: [],
      stop_reason: null,
      usage: { ...usage, output_tokens: Math.min(1, pieces.length) },
    },
  });
  const block = { ...message.content[0], ...(tool === null ? { text: '' } : { input: {} }) };
  yield typedEvent({ type: 'content_block_start', index: 0, content_block: block });
  yield typedEvent({ type: 'ping' });
  for (const piece of pieces) {
    const delta =
      tool === null ? { type: 'text_delta', text: piece } : { type: 'input_json_delta', partial_json: piece };
    yield typedEvent({ type: 'content_block_delta', index: 0, delta });
  }
  yield typedEvent({ type: 'content_block_stop', index: 0 });
  const {
    input_tokens,
    cache_creation_input_tokens,
    cache_read_input_tokens,
    output_tokens,
    output_tokens_details,
    server_tool_use,
  } = usage;
  yield typedEvent({
    type: 'message_delta',
    delta: { stop_reason, stop_sequence: null, stop_details: null, container: null },
    usage: {
      input_tokens,
      cache_creation_input_tokens,
      cache_read_input_tokens,
      output_tokens,
      output_tokens_details,
      server_tool_use,
    },
  });
  yield typedEvent({ type: 'message_stop' });
}
