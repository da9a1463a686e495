/** How the demo model takes requests and gives answers: as an upstream would over HTTP, but without one. */
export interface DemoRequest {
  readonly method: string;
  /** With or without `/v1` before it; a query is ignored. */
  readonly path: string;
  readonly body: Buffer;
  /** Goes into the ids of the answer. */
  readonly requestId: string;
  readonly nowMs: number;
}

export type DemoAnswer =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly events: Iterable<Buffer> };

export function json(status: number, value: unknown): DemoAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { 'content-type': 'application/json', 'content-length': String(body.length) }, body };
}

export function stream(events: Iterable<Buffer>): DemoAnswer {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    events,
  };
}

/** An event as OpenAI's older routes send it, without a name. */
export function dataEvent(data: unknown): Buffer {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
}

/** An event named after its data's type, as Responses and Anthropic send it. */
export function typedEvent(data: Readonly<Record<string, unknown>> & { readonly type: string }): Buffer {
  return Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
}
