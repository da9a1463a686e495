// A model's provider that costs next to nothing: it answers every POST with the same small chat completion, or with
// the same event stream when the body asks for one. It knows just enough HTTP for that. Prints `listening <port>`.

import { createServer, type AddressInfo, type Socket } from 'node:net';

const USAGE = { prompt_tokens: 21, completion_tokens: 16, total_tokens: 37 };
const NAMES = { id: 'chatcmpl-bench-0001', created: 1_700_000_000, model: 'bench-small' };
const WORDS = 'Sixteen short pieces of text make this answer long enough to be a stream , not more'.split(' ');

const ANSWER = whole(
  JSON.stringify({
    ...NAMES,
    object: 'chat.completion',
    choices: [
      { index: 0, message: { role: 'assistant', content: WORDS.join(' ') }, logprobs: null, finish_reason: 'stop' },
    ],
    usage: USAGE,
    system_fingerprint: 'fp_bench',
  }),
);
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n';
/** The stream leaves in four parts, one turn of the event loop apart, so that a proxy sees a stream and not a body. */
const PARTS = [0, 1, 2, 3].map((part) => {
  const events = WORDS.slice(part * 4, part * 4 + 4).map((word) => chunked(event([delta({ content: `${word} ` })])));
  return Buffer.from(
    part === 0 ? STREAM_HEAD + chunked(event([delta({ role: 'assistant' })])) + events.join('') : events.join(''),
  );
});
const LAST = chunked(event([{ index: 0, delta: {}, finish_reason: 'stop' }]));
const DONE = `${chunked('data: [DONE]\n\n')}0\r\n\r\n`;
const END = Buffer.from(LAST + DONE);
/** The event with the usage is sent to those who ask for it, as providers do. */
const END_WITH_USAGE = Buffer.from(LAST + chunked(event([], { usage: USAGE })) + DONE);

const HEAD_END = '\r\n\r\n';

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  let pending: Buffer | undefined;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    let rest = pending ? Buffer.concat([pending, chunk]) : chunk;
    for (;;) {
      const headEnd = rest.indexOf(HEAD_END);
      if (headEnd === -1) break;
      const end = headEnd + HEAD_END.length + bodyLength(rest.toString('latin1', 0, headEnd));
      if (rest.length < end) break;
      answer(socket, rest.subarray(headEnd, end));
      rest = rest.subarray(end);
    }
    pending = rest.length > 0 ? rest : undefined;
  });
}

function bodyLength(head: string): number {
  const found = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
  return found === undefined ? 0 : Number(found);
}

function answer(socket: Socket, body: Buffer): void {
  if (!body.includes('"stream":true')) return void socket.write(ANSWER);
  const ending = body.includes('"include_usage":true') ? END_WITH_USAGE : END;
  let part = 0;
  const next = (): void => {
    if (socket.destroyed) return;
    if (part === PARTS.length) return void socket.write(ending);
    socket.write(PARTS[part++] ?? '');
    setImmediate(next);
  };
  next();
}

function whole(body: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

function delta(content: object): object {
  return { index: 0, delta: content, finish_reason: null };
}

function event(choices: object[], more: object = {}): string {
  return `data: ${JSON.stringify({ ...NAMES, object: 'chat.completion.chunk', choices, ...more })}\n\n`;
}

function chunked(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

const server = createServer(serve).listen(0, '127.0.0.1', () => {
  console.log(`listening ${(server.address() as AddressInfo).port}`);
});
process.on('SIGTERM', () => process.exit(0));
