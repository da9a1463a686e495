import type { Meter, MeterSnapshot, SendUpstream, UpstreamSink } from '../../src/core/exchange.ts';
import { Fault } from '../../src/core/fault.ts';
import { NO_USAGE, type TokenUsage } from '../../src/core/usage.ts';
import type { Admitted } from '../../src/service/attempt.ts';
import type { Billing, Client, Exchange } from '../../src/service/relayExchange.ts';
import type { Dice } from './random.ts';

/** A call that its upstream has and has not answered. */
export class SimFlight {
  readonly id: string;
  readonly exchange: Exchange;
  #sink: UpstreamSink | undefined;
  #gone: () => void = () => undefined;
  #seen: MeterSnapshot = {
    usage: null,
    observed: { outputBytes: 0, bodyBytes: 0, partialUsage: null },
    complete: false,
    failed: false,
  };
  /** What the upstream reported, where that is what has to be in the ledger. */
  told: TokenUsage | null = null;

  constructor(admitted: Admitted, route: string, billing: Billing) {
    this.id = admitted.id;
    const meter: Meter = {
      push: (chunk) => chunk,
      end: () => ({ ...this.#seen, held: Buffer.from('}') }),
      snapshot: () => this.#seen,
    };
    this.exchange = {
      admitted,
      route,
      client: this.#client(),
      billing,
      meter: () => meter,
      isError: (status) => status >= 400,
      errorAnswer: (status, _headers, body) => ({ status, headers: {}, body }),
      isOneDocument: () => true,
      estimate: ({ outputBytes }) => ({ ...NO_USAGE, inputTokens: 3, outputTokens: outputBytes }),
    };
  }

  /** The upstream that the relay sends it to: it answers when it is told to. */
  readonly send: SendUpstream = (_request, sink) => {
    this.#sink = sink;
    return { abort: () => (this.#sink = undefined), pause: () => undefined, resume: () => undefined };
  };

  /** Ends in one of the ways there are; `most` is what was reserved, which an upstream may report more than. */
  end(dice: Dice, most: { inputTokens: number; outputTokens: number }): string {
    const way = dice.weighted({
      answer: 50,
      stream: 15,
      silent: 6,
      lie: 5,
      error: 5,
      broken: 4,
      'broken stream': 5,
      unreachable: 3,
      gone: 8,
      'gone in a stream': 4,
    });
    const isStream = way.includes('stream');
    const head = () => this.#sink?.head(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    const part = () => this.#sink?.data(Buffer.from('{"some":"bytes"'));
    const usage = (times: number): TokenUsage => {
      const inputTokens = dice.upTo(most.inputTokens) * times;
      return {
        ...NO_USAGE,
        inputTokens,
        cachedTokens: dice.upTo(inputTokens),
        outputTokens: dice.upTo(Math.min(most.outputTokens, 100)) * times,
      };
    };
    switch (way) {
      case 'answer':
      case 'stream':
      case 'lie': {
        this.told = usage(way === 'lie' ? 1 + dice.upTo(1000) : 1);
        this.#seen = { ...this.#seen, usage: this.told, complete: true };
        head();
        part();
        this.#sink?.end();
        break;
      }
      case 'silent':
        this.#seen = {
          ...this.#seen,
          complete: true,
          observed: { ...this.#seen.observed, outputBytes: dice.upTo(200) },
        };
        head();
        part();
        this.#sink?.end();
        break;
      case 'error':
        this.#sink?.head(503, {});
        this.#sink?.end();
        break;
      case 'broken':
      case 'broken stream':
        this.#seen = { ...this.#seen, observed: { ...this.#seen.observed, outputBytes: dice.upTo(60) } };
        head();
        part();
        this.#sink?.fail(new Fault('upstream_bad_answer', 'broke off'));
        break;
      case 'unreachable':
        this.#sink?.fail(new Fault('upstream_unreachable', 'not there'));
        break;
      case 'gone in a stream':
        this.#seen = { ...this.#seen, observed: { ...this.#seen.observed, outputBytes: dice.upTo(60) } };
        head();
        part();
        this.#gone();
        break;
      case 'gone':
        this.#gone();
    }
    return way;
  }

  #client(): Client {
    let started = false;
    const start = (): void => void (started = true);
    return {
      get started() {
        return started;
      },
      head: () => undefined,
      write: () => (start(), true),
      drained: () => undefined,
      gone: (listener) => void (this.#gone = listener),
      end: start,
      settled: () => undefined,
      answer: start,
      fail: start,
      destroy: () => undefined,
    };
  }
}
