import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, NewId } from '../core/ambient.ts';
import type { Meter, Observed } from '../core/exchange.ts';
import type { Fault } from '../core/fault.ts';
import type { TokenUsage } from '../core/usage.ts';
import type { Admission } from '../service/admission.ts';
import type { Relay } from '../service/relay.ts';
import type { Settlement } from '../service/settlement.ts';
import type { Failure, Shape } from './failure.ts';
import type { WireProtocol } from './gatewayRoutes.ts';
import type { ProxyTrust } from './presented.ts';

export interface MeterOptions {
  readonly protocol: WireProtocol | 'opaque';
  readonly streaming: boolean;
  /** Whether usage was asked for on our account alone, so that the client must not see it. */
  readonly hideUsage: boolean;
  /** The provider's, which no answer may show. */
  readonly credential: string | null;
}

export interface GatewayOptions {
  readonly admission: Admission;
  readonly relay: Relay;
  readonly settlement: Settlement;
  readonly createMeter: (options: MeterOptions) => Meter;
  readonly estimate: (requestBytes: number, observed: Observed) => TokenUsage;
  readonly trust: ProxyTrust;
  readonly keyPrefix: string;
  readonly bodyLimit: number;
  readonly newId: NewId;
  readonly clock: Clock;
  readonly log: (requestId: string, failure: Failure, fault: Fault) => void;
}

/** A request on its way through a door. */
export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: string;
  readonly requestId: string;
  readonly shape: Shape;
}
