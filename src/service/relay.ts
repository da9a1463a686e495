import type { UpstreamRequest } from '../core/exchange.ts';
import { Passage, type RelayOptions } from './passage.ts';
import type { Exchange } from './relayExchange.ts';

/** Sends an admitted request to its upstream and the answer back, and settles it before its last bytes leave. */
export type Relay = (exchange: Exchange, request: UpstreamRequest) => void;

/** The relay of a process. */
export function createRelay(options: RelayOptions): Relay {
  // The request is handed on and not kept: its body may be large and the answer long.
  return (exchange, request) => new Passage(options, exchange).start(request);
}
