/** The demo model behind OpenAI's `/chat/completions` and `/completions`, streamed and whole. */
import { dataEvent, json, stream, type DemoAnswer, type DemoRequest } from './demoWire.ts';
import {
  DemoRefusal,
  cutTo,
  generate,
  inputTokens,
  list,
  readContent,
  readCount,
  record,
  replyTo,
} from './demoText.ts';
import type { Conversation, Generation, Json, Tool } from './demoText.ts';

const MOST_CHOICES = 8;

type FinishReason = 'stop' | 'length' | 'tool_calls';

export function chatAnswer(request: DemoRequest, body: Json): DemoAnswer {
  const conversation = readChat(body);
  const generation = generate(conversation);
  const n = readCount(body, 'n', 1, MOST_CHOICES) ?? 1;
  const head = {
    id: `chatcmpl-${request.requestId}`,
    created: Math.floor(request.nowMs / 1000),
    model: String(body['model']),
  };
  const usage = usageOf(conversation.inputTokens, generation.pieces.length * n);
  const indexes = Array.from({ length: n }, (_, index) => index);
  if (body['stream'] === true) return stream(chatEvents(head, indexes, generation, usage, asksForUsage(body)));
  const choices = indexes.map((index) => ({
    index,
    message: messageOf(generation, head.id, index),
    logprobs: null,
    finish_reason: finishReason(generation),
  }));
  return json(200, {
    ...head,
    object: 'chat.completion',
    choices,
    usage,
    system_fingerprint: 'fp_keyward_demo',
    service_tier: 'default',
  });
}

export function completionAnswer(request: DemoRequest, body: Json): DemoAnswer {
  const { prompt } = body;
  const texts =
    typeof prompt === 'string'
      ? [prompt]
      : Array.isArray(prompt) && prompt.every((one) => typeof one === 'string')
        ? prompt
        : [''];
  const n = readCount(body, 'n', 1, MOST_CHOICES) ?? 1;
  if (texts.length * n > 128) throw new DemoRefusal(400, 'Too many choices are asked for at once.', 'n');
  // OpenAI's own default for this route.
  const maxTokens = readCount(body, 'max_tokens') ?? 16;
  const generations = texts.flatMap((text) => Array.from({ length: n }, () => cutTo(maxTokens, null, replyTo(text))));
  const output = generations.reduce((sum, { pieces }) => sum + pieces.length, 0);
  const usage = usageOf(inputTokens([{ text: texts.join('\n'), images: 0 }]), output);
  const head = {
    id: `cmpl-${request.requestId}`,
    object: 'text_completion',
    created: Math.floor(request.nowMs / 1000),
    model: String(body['model']),
  };
  if (body['stream'] === true) return stream(completionEvents(head, generations, usage, asksForUsage(body)));
  const choices = generations.map((generation, index) => ({
    text: generation.pieces.join(''),
    index,
    logprobs: null,
    finish_reason: finishReason(generation),
  }));
  return json(200, { ...head, choices, usage });
}

function readChat(body: Json): Conversation {
  const messages = list(body['messages']);
  const last = messages.at(-1);
  if (last === undefined) throw new DemoRefusal(400, '"messages" must hold at least one message.', 'messages');
  const contents = messages.map(({ content }) => readContent(content));
  return {
    said: contents.at(-1)?.text ?? '',
    byTool: last['role'] === 'tool' || last['role'] === 'function',
    images: contents.at(-1)?.images ?? 0,
    inputTokens: inputTokens(contents),
    tools: list(body['tools']).flatMap(readTool),
    choice: readChoice(body['tool_choice']),
    maxTokens: readCount(body, 'max_completion_tokens') ?? readCount(body, 'max_tokens'),
    json: String(record(body['response_format'])['type']).startsWith('json'),
  };
}

function readTool(tool: Json): Tool[] {
  const { name, parameters } = record(tool['function']);
  return typeof name === 'string' ? [{ name, parameters: record(parameters) }] : [];
}

function readChoice(choice: unknown): Conversation['choice'] {
  if (choice === 'none' || choice === 'required') return { mode: choice, name: null };
  const { name } = record(record(choice)['function']);
  return typeof name === 'string' ? { mode: 'required', name } : { mode: 'auto', name: null };
}

function messageOf(generation: Generation, id: string, index: number): Json {
  const text = generation.pieces.join('');
  if (generation.tool === null) return { role: 'assistant', content: text, refusal: null, annotations: [] };
  const call = { id: callId(id, index), type: 'function', function: { name: generation.tool.name, arguments: text } };
  return { role: 'assistant', content: null, refusal: null, annotations: [], tool_calls: [call] };
}

function* chatEvents(
  head: Json & { id: string },
  indexes: readonly number[],
  generation: Generation,
  usage: Json,
  withUsage: boolean,
): Generator<Buffer> {
  const { tool, pieces } = generation;
  const chunk = (index: number, delta: Json, finish: FinishReason | null = null): Buffer =>
    dataEvent({
      ...head,
      object: 'chat.completion.chunk',
      system_fingerprint: 'fp_keyward_demo',
      choices: [{ index, delta, logprobs: null, finish_reason: finish }],
      ...(withUsage ? { usage: null } : {}),
    });
  for (const index of indexes) {
    if (tool === null) yield chunk(index, { role: 'assistant', content: '', refusal: null });
    else {
      const call = {
        index: 0,
        id: callId(head.id, index),
        type: 'function',
        function: { name: tool.name, arguments: '' },
      };
      yield chunk(index, { role: 'assistant', content: null, tool_calls: [call] });
    }
    for (const piece of pieces) {
      yield chunk(
        index,
        tool === null ? { content: piece } : { tool_calls: [{ index: 0, function: { arguments: piece } }] },
      );
    }
    yield chunk(index, {}, finishReason(generation));
  }
  if (withUsage)
    yield dataEvent({
      ...head,
      object: 'chat.completion.chunk',
      system_fingerprint: 'fp_keyward_demo',
      choices: [],
      usage,
    });
  yield Buffer.from('data: [DONE]\n\n');
}

function* completionEvents(
  head: Json,
  generations: readonly Generation[],
  usage: Json,
  withUsage: boolean,
): Generator<Buffer> {
  const rest = withUsage ? { usage: null } : {};
  for (const [index, generation] of generations.entries()) {
    for (const text of generation.pieces)
      yield dataEvent({ ...head, choices: [{ text, index, logprobs: null, finish_reason: null }], ...rest });
    yield dataEvent({
      ...head,
      choices: [{ text: '', index, logprobs: null, finish_reason: finishReason(generation) }],
      ...rest,
    });
  }
  if (withUsage) yield dataEvent({ ...head, choices: [], usage });
  yield Buffer.from('data: [DONE]\n\n');
}

function finishReason({ tool, cut }: Generation): FinishReason {
  return cut ? 'length' : tool === null ? 'stop' : 'tool_calls';
}

function callId(id: string, index: number): string {
  return `call_${id.replaceAll(/[^A-Za-z0-9]/g, '').slice(-32)}_${index}`;
}

function usageOf(input: number, output: number): Json {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function asksForUsage(body: Json): boolean {
  return record(body['stream_options'])['include_usage'] === true;
}
