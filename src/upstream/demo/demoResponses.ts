/** The demo model behind OpenAI's `/responses`, streamed and whole. */
import { json, stream, typedEvent, type DemoAnswer, type DemoRequest } from './demoWire.ts';
import { DemoRefusal, generate, inputTokens, list, readContent, readCount, record } from './demoText.ts';
import type { Conversation, Generation, Json, Tool } from './demoText.ts';

export function responsesAnswer(request: DemoRequest, body: Json): DemoAnswer {
  const conversation = readInput(body);
  const generation = generate(conversation);
  const answer = answerOf(request, body, conversation, generation);
  return body['stream'] === true ? stream(responseEvents(answer, generation)) : json(200, answer.done);
}

function readInput(body: Json): Conversation {
  const { input } = body;
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : list(input);
  const last = items.at(-1);
  if (last === undefined) throw new DemoRefusal(400, '"input" must be a text or hold at least one item.', 'input');
  const contents = items.map((item) => readContent(record(item)['content'] ?? record(item)['output']));
  const instructions = typeof body['instructions'] === 'string' ? [{ text: body['instructions'], images: 0 }] : [];
  return {
    said: contents.at(-1)?.text ?? '',
    byTool: String(record(last)['type']).endsWith('_call_output'),
    images: contents.at(-1)?.images ?? 0,
    inputTokens: inputTokens([...instructions, ...contents]),
    tools: list(body['tools']).flatMap(readTool),
    choice: readChoice(body['tool_choice']),
    maxTokens: readCount(body, 'max_output_tokens'),
    json: String(record(record(body['text'])['format'])['type']).startsWith('json'),
  };
}

function readTool({ type, name, parameters }: Json): Tool[] {
  return type === 'function' && typeof name === 'string' ? [{ name, parameters: record(parameters) }] : [];
}

function readChoice(choice: unknown): Conversation['choice'] {
  if (choice === 'none' || choice === 'required') return { mode: choice, name: null };
  const { name } = record(choice);
  return typeof name === 'string' ? { mode: 'required', name } : { mode: 'auto', name: null };
}

interface Answer {
  /** As it is before the first token, and when it is done. */
  readonly begun: Json;
  readonly done: Json;
  readonly item: Json & { readonly id: string };
}

function answerOf(request: DemoRequest, body: Json, conversation: Conversation, generation: Generation): Answer {
  const id = request.requestId.replaceAll(/[^A-Za-z0-9]/g, '');
  const createdAt = Math.floor(request.nowMs / 1000);
  const begun = {
    id: `resp_${id}`,
    object: 'response',
    created_at: createdAt,
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: conversation.maxTokens,
    metadata: body['metadata'] ?? {},
    model: body['model'],
    output: [] as Json[],
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: body['top_p'] ?? 1,
    truncation: 'disabled',
    usage: null as Json | null,
    user: null,
  };
  const item = itemOf(id, generation);
  const output = generation.pieces.length;
  const usage = {
    input_tokens: conversation.inputTokens,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: conversation.inputTokens + output,
  };
  const done = {
    ...begun,
    status: generation.cut ? 'incomplete' : 'completed',
    incomplete_details: generation.cut ? { reason: 'max_output_tokens' } : null,
    completed_at: generation.cut ? null : createdAt,
    output: [item],
    usage,
  };
  return { begun, done, item };
}

function itemOf(id: string, { tool, pieces, cut }: Generation): Json & { id: string } {
  const text = pieces.join('');
  const status = cut ? 'incomplete' : 'completed';
  if (tool !== null)
    return { id: `fc_${id}`, type: 'function_call', status, call_id: `call_${id}`, name: tool.name, arguments: text };
  return { id: `msg_${id}`, type: 'message', status, role: 'assistant', content: [part(text)] };
}

function part(text: string): Json {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

function* responseEvents({ begun, done, item }: Answer, { tool, pieces, cut }: Generation): Generator<Buffer> {
  let sequence = 0;
  const event = (type: string, data: Json): Buffer => typedEvent({ type, ...data, sequence_number: sequence++ });
  const place = { item_id: item.id, output_index: 0 };
  const text = pieces.join('');
  yield event('response.created', { response: begun });
  yield event('response.in_progress', { response: begun });
  const empty = tool === null ? { content: [] } : { arguments: '' };
  yield event('response.output_item.added', { output_index: 0, item: { ...item, status: 'in_progress', ...empty } });
  if (tool === null) {
    yield event('response.content_part.added', { ...place, content_index: 0, part: part('') });
    for (const delta of pieces)
      yield event('response.output_text.delta', { ...place, content_index: 0, delta, logprobs: [] });
    yield event('response.output_text.done', { ...place, content_index: 0, text, logprobs: [] });
    yield event('response.content_part.done', { ...place, content_index: 0, part: part(text) });
  } else {
    for (const delta of pieces) yield event('response.function_call_arguments.delta', { ...place, delta });
    yield event('response.function_call_arguments.done', { ...place, name: tool.name, arguments: text });
  }
  yield event('response.output_item.done', { output_index: 0, item });
  yield event(cut ? 'response.incomplete' : 'response.completed', { response: done });
}
