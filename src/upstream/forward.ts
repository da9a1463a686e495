import { Readable } from 'node:stream';
import { errors, Pool, type Dispatcher } from 'undici';
import type { Headers, SendUpstream, UpstreamCall, UpstreamRequest, UpstreamSink } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { guardedLookup, refuseHost } from './guard.ts';

/** The connections to upstreams. */
export interface Forward {
  readonly send: SendUpstream;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Opens connections per origin as they are needed and keeps them; addresses are checked at every new connection. */
export function createForward(options: { allowMetadata: boolean }): Forward {
  const pools = new Map<string, Pool>();
  /** By provider, which is another object once it is changed; null: its address is none. */
  const addresses = new WeakMap<UpstreamRequest['provider'], URL | null>();

  function addressOf(provider: UpstreamRequest['provider']): URL | null {
    const known = addresses.get(provider);
    if (known !== undefined) return known;
    const address = URL.parse(provider.baseUrl);
    addresses.set(provider, address);
    return address;
  }

  function poolOf(origin: string): Pool {
    let pool = pools.get(origin);
    if (!pool) {
      const lookup = options.allowMetadata ? {} : { lookup: guardedLookup };
      pool = new Pool(origin, {
        connections: null,
        pipelining: 1,
        connect: { timeout: CONNECT_TIMEOUT_MS, ...lookup },
      });
      pools.set(origin, pool);
    }
    return pool;
  }

  function send(request: UpstreamRequest, sink: UpstreamSink): UpstreamCall {
    const handler = new Handler(sink);
    const { provider } = request;
    const url = addressOf(provider);
    const refused = url
      ? options.allowMetadata
        ? null
        : refuseHost(url.hostname)
      : 'The provider has no valid address.';
    if (!url || refused) {
      handler.refuse(
        new Fault('upstream_unreachable', 'The provider of this model cannot be reached. Tell the operator.', {
          private: refused ?? '',
        }),
      );
      return handler;
    }
    try {
      const body = outgoingBody(request.body);
      poolOf(url.origin).dispatch(
        {
          path: url.pathname.replace(/\/$/, '') + request.path,
          method: request.method,
          headers: outgoing(request, body),
          body,
          headersTimeout: provider.timeoutMs,
          bodyTimeout: provider.idleTimeoutMs,
        },
        handler,
      );
    } catch (error) {
      handler.refuse(toFault(error, false));
    }
    return handler;
  }

  return {
    send,
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** Translates undici's callbacks to the sink's, and makes sure that nothing is said after the end. */
class Handler implements Dispatcher.DispatchHandler, UpstreamCall {
  readonly #sink: UpstreamSink;
  #controller: Dispatcher.DispatchController | undefined;
  #answered = false;
  #over = false;

  constructor(sink: UpstreamSink) {
    this.#sink = sink;
  }

  abort(): void {
    this.#over = true;
    this.#controller?.abort(new Error('cancelled'));
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    if (this.#controller?.paused) this.#controller.resume();
  }

  /** Says that the call never began, after the caller has got hold of it. */
  refuse(fault: Fault): void {
    queueMicrotask(() => this.#fail(fault));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error('cancelled'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    // Informational answers (103) are not the answer.
    if (this.#over || status < 200) return;
    this.#answered = true;
    this.#sink.head(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#sink.data(chunk);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(toFault(error, this.#answered));
  }

  #fail(fault: Fault): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink.fail(fault);
  }
}

/** A body this large is handed over as a stream, because undici keeps a Buffer until the whole answer has come. */
const LARGE_BODY_BYTES = 256 * 1024;

function outgoingBody(body: UpstreamRequest['body']): Uint8Array | Readable | null {
  if (body instanceof Readable || body === null) return body;
  if (!(body instanceof Uint8Array)) return Readable.from(body, { objectMode: false });
  if (body.length < LARGE_BODY_BYTES) return body;
  let rest: Uint8Array | null = body;
  return new Readable({
    read() {
      this.push(rest);
      rest = null;
    },
  });
}

/** The protocol's own place for the credential, unless the provider names another header. */
function outgoing(
  { headers, provider, body: given }: UpstreamRequest,
  body: Uint8Array | Readable | null,
): Record<string, string | string[] | undefined> {
  const result = { ...headers };
  if (given instanceof Uint8Array && body instanceof Readable) result['content-length'] = String(given.length);
  if (provider.credential === null) return result;
  if (provider.credentialHeader !== null) result[provider.credentialHeader] = provider.credential;
  else if (provider.kind === 'anthropic') result['x-api-key'] = provider.credential;
  else result['authorization'] = `Bearer ${provider.credential}`;
  return result;
}

function toFault(error: unknown, answered: boolean): Fault {
  const details = { cause: error, private: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' };
  if (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError
  ) {
    return new Fault(
      'upstream_timeout',
      'The provider of this model did not answer in time. Try again later.',
      details,
    );
  }
  if (answered || error instanceof errors.HTTPParserError) {
    return new Fault('upstream_bad_answer', 'The provider of this model broke off its answer. Try again.', details);
  }
  if (error instanceof errors.HeadersOverflowError) {
    return new Fault(
      'upstream_bad_answer',
      'The provider of this model answered with too large headers. Tell the operator.',
      details,
    );
  }
  if (error instanceof errors.SocketError) {
    return new Fault(
      'upstream_unreachable',
      'The provider of this model closed the connection without an answer. Try again.',
      details,
    );
  }
  return new Fault(
    'upstream_unreachable',
    'The provider of this model could not be reached. Try again later.',
    details,
  );
}
