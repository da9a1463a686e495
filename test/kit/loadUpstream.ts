import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a call asks of the upstream, written into its message, so that the client knows beforehand what it will use. */
export interface LoadPlan {
  /** Which of the load's keys makes the call. */
  readonly key: number;
  readonly promptTokens: number;
  /** At most: the upstream holds to `max_tokens`. */
  readonly completionTokens: number;
  /** Parts of a stream. */
  readonly parts: number;
  /** Before a plain answer, and between the parts of a stream. */
  readonly delayMs: number;
  /** `error`: status 500. `broken`: the connection is cut in the middle. */
  readonly ending: 'whole' | 'error' | 'broken';
}

export function planText(plan: LoadPlan): string {
  return `plan:${plan.key}:${plan.promptTokens}:${plan.completionTokens}:${plan.parts}:${plan.delayMs}:${plan.ending}`;
}

/** A provider that does what the message says, and counts. */
export interface LoadUpstream {
  readonly url: string;
  /** Calls that arrived. */
  readonly calls: number;
  /** The most calls of each key that were open at once. */
  readonly mostOpen: ReadonlyMap<number, number>;
  close(): Promise<void>;
}

export async function startLoadUpstream(): Promise<LoadUpstream> {
  let calls = 0;
  const open = new Map<number, number>();
  const mostOpen = new Map<number, number>();
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    void read(request).then((body) => {
      const plan = planOf(body);
      calls += 1;
      const now = (open.get(plan.key) ?? 0) + 1;
      open.set(plan.key, now);
      mostOpen.set(plan.key, Math.max(now, mostOpen.get(plan.key) ?? 0));
      let isOpen = true;
      const over = (): void => {
        if (isOpen) open.set(plan.key, (open.get(plan.key) ?? 0) - 1);
        isOpen = false;
      };
      response.once('close', over);
      return answer(response, plan, body.includes('"stream":true'), over);
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    get calls() {
      return calls;
    },
    mostOpen,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    // Whoever sent it died.
  }
  return Buffer.concat(parts).toString();
}

function planOf(body: string): LoadPlan {
  const found = /plan:(\d+):(\d+):(\d+):(\d+):(\d+):(\w+)/.exec(body)?.slice(1) ?? [];
  const [key = 0, promptTokens = 0, completionTokens = 0, parts = 0, delayMs = 0] = found.map(Number);
  const most = Number(/"max_tokens":(\d+)/.exec(body)?.[1] ?? Infinity);
  const ending = (found[5] ?? 'whole') as LoadPlan['ending'];
  return { key, promptTokens, completionTokens: Math.min(completionTokens, most), parts, delayMs, ending };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** `over` is called before the last byte leaves: from then on the call is no longer under way here. */
async function answer(response: ServerResponse, plan: LoadPlan, streamed: boolean, over: () => void): Promise<void> {
  const { promptTokens, completionTokens, parts, delayMs, ending } = plan;
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
  const base = { id: 'chatcmpl-load', created: 1_750_000_000, model: 'upstream-model' };
  if (delayMs > 0) await wait(delayMs);
  if (ending === 'error') {
    over();
    response.writeHead(500, { 'content-type': 'application/json' });
    return void response.end('{"error":{"message":"overloaded"}}');
  }
  if (!streamed) {
    const message = { role: 'assistant', content: 'x'.repeat(completionTokens) };
    const text = JSON.stringify({
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage,
    });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
    if (ending === 'broken') return void response.write(text.slice(0, 40), () => response.destroy());
    over();
    return void response.end(text);
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (over: object): string =>
    `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...over })}\n\n`;
  for (let part = 0; part < parts; part += 1) {
    response.write(event({ choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }] }));
    if (delayMs > 0) await wait(delayMs);
    if (ending === 'broken' && part === 1) return void response.destroy();
    if (response.destroyed) return;
  }
  over();
  response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) + event({ choices: [], usage }));
  response.end('data: [DONE]\n\n');
}
