import type { Provider } from '../core/catalogue.ts';
import { isEventStream, isJson, type Headers, type Meter, type Observed } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { TokenUsage } from '../core/usage.ts';
import type { Admitted } from '../service/attempt.ts';
import type { Billing, ErrorAnswer, Exchange } from '../service/relayExchange.ts';
import type { ModelRoute } from './gatewayRoutes.ts';
import type { ResponseClient } from './responseClient.ts';
import { upstreamError } from './upstreamError.ts';
import type { GatewayOptions, Visit } from './visit.ts';

/** A model call on its way. One object and no closures, because there is one for every request. */
export class ModelExchange implements Exchange {
  readonly admitted: Admitted;
  readonly client: ResponseClient;
  readonly #options: Pick<GatewayOptions, 'createMeter' | 'estimate'>;
  readonly #visit: Pick<Visit, 'shape' | 'requestId'>;
  readonly #route: ModelRoute;
  readonly #hidesUsage: boolean;
  readonly #provider: Provider;
  readonly #requestBytes: number;

  constructor(
    options: Pick<GatewayOptions, 'createMeter' | 'estimate'>,
    visit: Pick<Visit, 'shape' | 'requestId'>,
    route: ModelRoute,
    hidesUsage: boolean,
    admitted: Admitted,
    provider: Provider,
    client: ResponseClient,
    requestBytes: number,
  ) {
    this.admitted = admitted;
    this.client = client;
    this.#options = options;
    this.#visit = visit;
    this.#route = route;
    this.#hidesUsage = hidesUsage;
    this.#provider = provider;
    this.#requestBytes = requestBytes;
  }

  get route(): string {
    return this.#route.template;
  }

  get billing(): Billing {
    return this.#route.billing;
  }

  isError(status: number): boolean {
    return status < 200 || status >= 300;
  }

  errorAnswer(status: number, headers: Headers, body: Buffer): ErrorAnswer {
    return upstreamError(this.#visit.shape, status, headers, body, this.#provider, this.#visit.requestId);
  }

  meter(_status: number, headers: Headers): Meter | Fault {
    const { protocol } = this.#route;
    const streaming = isEventStream(headers);
    if (!streaming && protocol !== 'openai-other' && !isJson(headers)) {
      return new Fault(
        'upstream_bad_answer',
        'The provider of this model answered something that is not JSON. Try again, or tell the operator.',
        {
          private: `content-type ${String(headers['content-type'])}`,
        },
      );
    }
    return this.#options.createMeter({
      protocol,
      streaming,
      hideUsage: this.#hidesUsage,
      credential: this.#provider.credential,
    });
  }

  isOneDocument(headers: Headers): boolean {
    return isJson(headers);
  }

  estimate(observed: Observed): TokenUsage {
    return this.#options.estimate(this.#requestBytes, observed);
  }
}
