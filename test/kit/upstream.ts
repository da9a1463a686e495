import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the upstream saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Resolves with the time (ms since the request began) at which the connection was closed before the answer's end. */
  readonly closed: Promise<number>;
}

/** Answers one request; may write slowly, never end, or break the connection. */
export type Script = (response: ServerResponse, seen: Seen) => unknown;

/** A model provider whose every answer is scripted and whose every request is remembered. */
export interface FakeUpstream {
  readonly url: string;
  readonly seen: Seen[];
  /** The answer to every request from now on. */
  script: Script;
  close(): Promise<void>;
}

export async function startUpstream(script: Script = answerChat()): Promise<FakeUpstream> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const startedMs = performance.now();
    const closed = new Promise<number>((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve(performance.now() - startedMs);
      });
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one: Seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
        closed,
      };
      seen.push(one);
      void upstream.script(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const upstream: FakeUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    script,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return upstream;
}

export const CHAT_USAGE = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

/** A chat completion as OpenAI sends it. */
export function chatBody(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_750_000_000,
    model: 'upstream-model',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello there.', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: CHAT_USAGE,
    ...over,
  };
}

export function answerJson(body: unknown, status = 200, headers: Record<string, string> = {}): Script {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

export function answerChat(over: Record<string, unknown> = {}): Script {
  return answerJson(chatBody(over));
}

/** The events of a streamed chat completion; the chunk with usage only when `usage` is given. */
export function chatEvents(texts: readonly string[], usage: object | null = CHAT_USAGE): string[] {
  const chunk = (over: object): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_750_000_000, model: 'upstream-model', ...over })}\n\n`;
  return [
    ...texts.map((content) => chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    ...(usage ? [chunk({ choices: [], usage })] : []),
    'data: [DONE]\n\n',
  ];
}

/** Sends events one by one; `betweenMs` apart when given. */
export function answerEvents(events: readonly string[], betweenMs = 0): Script {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) {
      response.write(event);
      if (betweenMs > 0) await new Promise((resolve) => setTimeout(resolve, betweenMs));
    }
    response.end();
  };
}

/** A message as Anthropic sends it. */
export function messageBody(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'upstream-model',
    content: [{ type: 'text', text: 'Hello there.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 12, output_tokens: 6 },
    ...over,
  };
}

/** The events of a streamed message. */
export function messageEvents(texts: readonly string[], usage: { start?: object; end?: object } = {}): string[] {
  const event = (data: { type: string } & Record<string, unknown>): string =>
    `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const start = { input_tokens: 12, output_tokens: 1, ...usage.start };
  return [
    event({ type: 'message_start', message: messageBody({ content: [], stop_reason: null, usage: start }) }),
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...texts.map((text) => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    event({ type: 'content_block_stop', index: 0 }),
    event({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 6, ...usage.end },
    }),
    event({ type: 'message_stop' }),
  ];
}
