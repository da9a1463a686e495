import type { SendUpstream, UpstreamCall, UpstreamRequest, UpstreamSink } from '../core/exchange.ts';
import { Decoding } from './decode.ts';

/** Sends each request by its provider's kind: the demo model in this process, services as they are, models decompressed. */
export function createSend(options: { forward: SendUpstream; demo: SendUpstream }): SendUpstream {
  return (request, sink) => {
    switch (request.provider.kind) {
      case 'demo':
        return options.demo(request, sink);
      case 'http':
        return options.forward(request, sink);
      case 'openai':
      case 'anthropic':
        return new DecodedCall(options.forward, request, sink);
    }
  };
}

/** A call whose answer may come compressed. */
class DecodedCall implements UpstreamCall {
  readonly #decoding: Decoding;
  readonly #call: UpstreamCall;

  constructor(forward: SendUpstream, request: UpstreamRequest, sink: UpstreamSink) {
    this.#decoding = new Decoding(sink);
    this.#call = forward(request, this.#decoding);
    this.#decoding.source = this.#call;
  }

  abort(): void {
    this.#decoding.close();
    this.#call.abort();
  }

  pause(): void {
    this.#decoding.pause();
  }

  resume(): void {
    this.#decoding.resume();
  }
}
