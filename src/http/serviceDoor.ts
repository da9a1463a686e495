import type { IncomingMessage, ServerResponse } from 'node:http';
import { deny } from '../core/denial.ts';
import { isEventStream, type Headers, type Meter } from '../core/exchange.ts';
import { invalidField } from '../core/fault.ts';
import type { LedgerRow } from '../core/ledger.ts';
import { NO_USAGE, type TokenUsage } from '../core/usage.ts';
import type { Admitted } from '../service/attempt.ts';
import type { ErrorAnswer, Exchange } from '../service/relayExchange.ts';
import { askForBody, passBody } from './body.ts';
import { attemptOf, respondDenial, respondError, wrongMethod } from './gateway.ts';
import { answerHeaders } from './limitHeaders.ts';
import { toService } from './passHeaders.ts';
import { climbs } from './pathClimb.ts';
import { secretsIn } from './presented.ts';
import { ResponseClient } from './responseClient.ts';
import type { GatewayOptions, Visit } from './visit.ts';

const ROUTE = '/services/*';
/** A tunnel would escape the meter, and an echo of the request would show the provider's credential. */
const NOT_CARRIED = new Set(['CONNECT', 'TRACE']);

/** A door for `/services/<name>/…`: any method, body and answer passed through as they are. Answers everything itself; never throws. */
export function createServiceDoor(
  options: GatewayOptions,
): (request: IncomingMessage, response: ServerResponse, path: string, query: string) => void {
  return (request, response, path, query) => {
    const visit: Visit = { request, response, path, query, requestId: options.newId('req'), shape: 'problem' };
    callService(options, visit).catch((error: unknown) => respondError(options, visit, error));
  };
}

async function callService(options: GatewayOptions, visit: Visit): Promise<void> {
  const { request, response, requestId, shape, query } = visit;
  const method = request.method ?? '';
  const presented = attemptOf(options, visit, ROUTE, 'service');
  if (!('value' in presented)) return respondDenial(visit, presented);
  const attempt = { ...presented, service: visit.path.split('/')[2] ?? '' };
  // Who may not come in at all need not learn what else is wrong.
  const early = options.admission.check(attempt);
  const refused = early instanceof Promise ? await early : early;
  if (refused) return respondDenial(visit, refused);
  if (NOT_CARRIED.has(method)) throw wrongMethod(response, 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE');
  const { name, rest } = servicePath(visit.path);
  const secrets = secretsIn(attempt.value ?? '');
  if (standsInAddress(secrets, visit))
    return respondDenial(visit, options.admission.refuse(attempt, deny('api_key_in_query')));
  const decision = options.admission.admit(attempt, { kind: 'service', name, method, path: rest });
  const admitted = decision instanceof Promise ? await decision : decision;
  if (!admitted.ok) return respondDenial(visit, admitted);
  askForBody(request, response);

  if (!admitted.target) throw new Error('a service call was admitted without a service');
  const { provider } = admitted.target;
  const { key, user } = admitted.record;
  const identity = {
    'x-keyward-key-id': key.id,
    'x-keyward-project-id': key.projectId ?? '',
    'x-keyward-account-id': key.accountId,
    ...(user && { 'x-keyward-user': user.username, 'x-keyward-user-role': user.role }),
  };
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  const hasBody = coding !== undefined || (length !== undefined && length !== '0');
  // Compressed, an answer could not be searched for the credential it must not show.
  const uncompressed = provider.credential === null ? {} : { 'accept-encoding': 'identity' };
  const headers = (settled: LedgerRow | null) => answerHeaders(admitted, settled, shape, options.clock());
  const client = new ResponseClient({
    request,
    response,
    shape,
    requestId,
    credential: provider.credential,
    hidesUsage: false,
    log: options.log,
    headers,
  });
  options.relay(new ServiceExchange(options, admitted, client, provider.credential), {
    provider,
    method,
    path: rest + (query === '' ? '' : `?${query}`),
    headers: { ...toService(request.headers, secrets, identity), ...uncompressed },
    body: hasBody ? passBody(request) : null,
  });
}

/** A password in the address would be in logs, as a key would. */
function standsInAddress(secrets: readonly string[], { path, query }: Visit): boolean {
  const address = `${path}?${query}`;
  let plain = address;
  try {
    plain = decodeURIComponent(address.replaceAll('+', ' '));
  } catch {
    // Not UTF-8 in percent signs: then it is no password either.
  }
  return secrets.some((secret) => address.includes(secret) || plain.includes(secret));
}

/** A service's call on its way: whatever the service answers, errors included, is the answer. */
class ServiceExchange implements Exchange {
  readonly admitted: Admitted;
  readonly client: ResponseClient;
  readonly route = ROUTE;
  readonly billing = 'free';
  readonly #options: GatewayOptions;
  readonly #credential: string | null;

  constructor(options: GatewayOptions, admitted: Admitted, client: ResponseClient, credential: string | null) {
    this.#options = options;
    this.#credential = credential;
    this.admitted = admitted;
    this.client = client;
  }

  isError(): boolean {
    return false;
  }

  errorAnswer(status: number, _headers: Headers, body: Buffer): ErrorAnswer {
    return { status, headers: {}, body };
  }

  meter(_status: number, headers: Headers): Meter {
    // Where no length is promised, the end itself tells that it is one, and nothing else has to wait: lines of JSON need
    // their last byte at once, as events do.
    const streaming = isEventStream(headers) || headers['content-length'] === undefined;
    return this.#options.createMeter({ protocol: 'opaque', streaming, hideUsage: false, credential: this.#credential });
  }

  isOneDocument(): boolean {
    return false;
  }

  estimate(): TokenUsage {
    return NO_USAGE;
  }
}

/** The service's name and what stands behind it. What climbs is refused in every spelling: it would leave the service's own address. */
export function servicePath(path: string): { name: string; rest: string } {
  const [, , name = '', ...segments] = path.split('/');
  if (path.includes('#') || segments.some(climbs)) {
    throw invalidField('', 'The path climbs out of the service. Send it without "." and ".." segments.');
  }
  return { name, rest: `/${segments.join('/')}` };
}
