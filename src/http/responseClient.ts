import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Denial } from '../core/denial.ts';
import { isEventStream, type Headers } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { Client, ErrorAnswer } from '../service/relayExchange.ts';
import { discardBody } from './body.ts';
import { denialFailure, faultFailure, type Failure, type Shape } from './failure.ts';
import { toClient } from './passHeaders.ts';
import { endWith, failureEvent, identity, respondFailure } from './respond.ts';

interface ResponseClientOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly shape: Shape;
  readonly requestId: string;
  /** The provider's, which no header may show to the client. */
  readonly credential: string | null;
  /** Whether the meter leaves a part of a stream out, so that its length cannot be promised. */
  readonly hidesUsage: boolean;
  /** Sent with the head, whatever the answer. Null: the head leaves before the call is settled. */
  readonly headers: (settled: LedgerRow | null) => Readonly<Record<string, string>>;
  readonly log: (requestId: string, failure: Failure, fault: Fault) => void;
}

/** How long a client may take nothing of a stream or download before it counts as gone: it holds an upstream's connection. */
const STALLED_CLIENT_MS = 300_000;
/** How long a client has to take the last words of a stream that is broken off. */
const LAST_WORDS_MS = 500;

/** The client's side of a relayed answer, on Node's response. */
export class ResponseClient implements Client {
  readonly #options: ResponseClientOptions;
  /** Kept until the first part of the body: a small answer leaves in one piece, and until then another can take its place. */
  #head: { readonly status: number; readonly headers: Headers } | undefined;
  #streaming = false;
  #started = false;
  #settled: LedgerRow | null = null;
  #stalled: NodeJS.Timeout | undefined;

  constructor(options: ResponseClientOptions) {
    this.#options = options;
  }

  get started(): boolean {
    return this.#started;
  }

  head(status: number, headers: Headers): void {
    this.#head = { status, headers };
    this.#streaming = isEventStream(headers);
    if (!this.#streaming) return;
    this.#start();
    this.#options.response.flushHeaders();
  }

  write(bytes: Buffer): boolean {
    this.#start();
    return this.#options.response.write(bytes);
  }

  drained(listener: () => void): void {
    const { response } = this.#options;
    clearTimeout(this.#stalled);
    this.#stalled = setTimeout(() => response.destroy(), STALLED_CLIENT_MS).unref();
    response.once('drain', () => {
      clearTimeout(this.#stalled);
      listener();
    });
  }

  gone(listener: () => void): void {
    const { response, request } = this.#options;
    if (request.socket.destroyed) return listener();
    // Also for a response that still waits behind another one on its connection.
    response.once('close', () => {
      clearTimeout(this.#stalled);
      if (!response.writableFinished) listener();
    });
  }

  end(bytes: Buffer): void {
    const { response, request } = this.#options;
    // Nothing has left yet, so this is all of it. (To HEAD there is no body that could tell the length.)
    this.#start(request.method === 'HEAD' || bytes.length === 0 ? undefined : bytes.length);
    endWith(response, bytes);
    discardBody(request);
  }

  settled(row: LedgerRow): void {
    this.#settled = row;
  }

  answer({ status, headers, body }: ErrorAnswer): void {
    const { response, request, shape, requestId } = this.#options;
    this.#started = true;
    const extra = this.#options.headers(this.#settled);
    response.writeHead(status, { ...headers, 'content-length': body.length, ...extra, ...identity(shape, requestId) });
    response.end(body);
    discardBody(request);
  }

  fail(reason: Denial | Fault): void {
    const { response, request, shape, requestId, log } = this.#options;
    const failure = reason instanceof Fault ? faultFailure(reason) : denialFailure(reason);
    if (reason instanceof Fault) log(requestId, failure, reason);
    if (response.destroyed) return;
    if (!this.#started) {
      this.#started = true;
      // Whose key may not be used any more learns nothing of its limits.
      const extra = reason instanceof Fault ? this.#options.headers(this.#settled) : {};
      respondFailure(response, shape, { ...failure, headers: { ...extra, ...failure.headers } }, requestId);
      return discardBody(request);
    }
    // A stream can say why it ends; anything else is broken off, so that half an answer never looks whole.
    if (!this.#streaming) return this.destroy();
    setTimeout(() => this.destroy(), LAST_WORDS_MS).unref();
    // A service's events are passed on as they come, perhaps cut in the middle of one; a model's are always whole.
    const gap = shape === 'problem' ? '\n\n' : '';
    response.write(gap + failureEvent(shape, failure, requestId), () => this.destroy());
  }

  destroy(): void {
    this.#options.response.destroy();
  }

  #start(length?: number): void {
    const head = this.#head;
    if (!head) return;
    this.#head = undefined;
    this.#started = true;
    const { response, shape, requestId, hidesUsage, credential } = this.#options;
    const extra = this.#options.headers(this.#settled);
    const headers = toClient(head.headers, credential, hidesUsage && this.#streaming);
    if (length !== undefined) headers['content-length'] ??= String(length);
    response.writeHead(head.status, Object.assign(headers, extra, identity(shape, requestId)));
  }
}
