import type { IncomingMessage, ServerResponse } from 'node:http';
import { deny, type Denial } from '../core/denial.ts';
import { Fault } from '../core/fault.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { Attempt, Refused } from '../service/attempt.ts';
import type { Target } from '../service/directory.ts';
import { unbilled } from '../service/settlement.ts';
import { askForBody, discardBody, readBody } from './body.ts';
import { denialFailure, faultFailure, type Failure, type Shape } from './failure.ts';
import { modelRoute, shapeOf, type ModelRoute } from './gatewayRoutes.ts';
import { answerHeaders, limitHeaders } from './limitHeaders.ts';
import { prepareModelCall, type ModelCall } from './modelCall.ts';
import { ModelExchange } from './modelExchange.ts';
import { toModel } from './passHeaders.ts';
import { addressOf, presentedKey, type DoorKind } from './presented.ts';
import { respondFailure } from './respond.ts';
import { ResponseClient } from './responseClient.ts';
import type { GatewayOptions, Visit } from './visit.ts';

/** A door for `/v1/*` calls that name a model. Answers everything itself; never throws. */
export function createGateway(
  options: GatewayOptions,
): (request: IncomingMessage, response: ServerResponse, path: string, query: string) => void {
  return (request, response, path, query) => {
    const shape = shapeOf(path, request.headers['anthropic-version']);
    const visit: Visit = { request, response, path, query, requestId: options.newId('req'), shape };
    callModel(options, visit).catch((error: unknown) => respondError(options, visit, error));
  };
}

async function callModel(options: GatewayOptions, visit: Visit): Promise<void> {
  const { request, response, path } = visit;
  const route = modelRoute(path);
  const attempt = attemptOf(options, visit, route?.template ?? '/v1/*');
  if (!('value' in attempt)) return respondDenial(visit, attempt);
  // Refuse before the body is read, and before a client that waits for `100 Continue` sends it.
  const early = options.admission.check(attempt);
  const refused = early instanceof Promise ? await early : early;
  if (refused) return respondDenial(visit, refused);
  if (attempt.value !== null && path.includes(attempt.value))
    return respondDenial(visit, options.admission.refuse(attempt, deny('api_key_in_query')));
  if (!route) throw unknownRoute();
  if (request.method !== 'POST') throw wrongMethod(response, 'POST');
  askForBody(request, response);

  const body = await readBody(request, options.bodyLimit);
  const call = prepareModelCall(route, request.headers, body);
  const decision = options.admission.admit(attempt, { kind: 'model', name: call.model }, call.demand);
  const admitted = decision instanceof Promise ? await decision : decision;
  if (!admitted.ok) return respondDenial(visit, admitted);
  const { target } = admitted;
  if (!target) throw new Error('a model call was admitted without a model');
  let rewritten: Buffer;
  try {
    rewritten = bodyFor(call, route, target, admitted.outputTokens);
  } catch (reason) {
    // It was admitted, so it has its row, and with it is given back whatever was reserved.
    await options.settlement.settle(admitted, unbilled(route.template, reason instanceof Fault ? reason.status : 500));
    throw reason;
  }
  const { log, clock } = options;
  const { provider } = target;
  const { requestId, shape, query } = visit;
  const { hidesUsage } = call;
  const headers = (settled: LedgerRow | null) => answerHeaders(admitted, settled, shape, clock());
  const client = new ResponseClient({
    request,
    response,
    shape,
    requestId,
    credential: provider.credential,
    hidesUsage,
    log,
    headers,
  });
  // What the client sent is what an estimate counts, not what was added to it.
  options.relay(new ModelExchange(options, visit, route, hidesUsage, admitted, provider, client, body.length), {
    provider,
    method: 'POST',
    path: path.slice('/v1'.length) + (query === '' ? '' : `?${query}`),
    headers: toModel(request.headers, attempt.value ?? ''),
    body: rewritten,
  });
}

function bodyFor(call: ModelCall, route: ModelRoute, target: Target, outputTokens: number | null): Buffer {
  const { kind } = target.provider;
  if (!route.kinds.includes(kind)) throw wrongProtocol(kind, route);
  return call.bodyFor(target, outputTokens);
}

/** Who asks, or why it cannot be asked, which is counted like every refusal. */
export function attemptOf(
  options: Pick<GatewayOptions, 'admission' | 'trust' | 'keyPrefix'>,
  visit: Visit,
  route: string,
  kind: DoorKind = 'own',
): Attempt | Denial {
  const presented = presentedKey(visit.request, visit.query, options.keyPrefix, kind);
  const address = addressOf(visit.request, options.trust);
  if (presented === null || typeof presented === 'string')
    return { id: visit.requestId, route, value: presented, address };
  return options.admission.refuse({ id: visit.requestId, route, value: null, address }, presented);
}

export function respondDenial(visit: Visit, denial: Denial | Refused): void {
  respondFailure(visit.response, visit.shape, refusedFailure(denial, visit.shape), visit.requestId);
  discardBody(visit.request);
}

/** Beyond this nobody should wait: the SDKs would come back within seconds instead, again and again. */
const LONGEST_RETRY_SECONDS = 60;

/** A refusal, with where the limits stand if it is they that refuse: whoever may not come in learns nothing of them. */
export function refusedFailure(denial: Denial | Refused, shape: Shape): Failure {
  const failure = denialFailure(denial);
  const standing = 'standing' in denial ? denial.standing : undefined;
  if (!standing) return failure;
  const headers = { ...limitHeaders(standing.limits, shape, standing.atMs), ...failure.headers };
  const isLong = Number(headers['retry-after']) > LONGEST_RETRY_SECONDS;
  return { ...failure, headers: isLong ? { ...headers, 'x-should-retry': 'false' } : headers };
}

/** Answers what was thrown on the way: a fault as it says; anything else is a bug, and says nothing but its request id. */
export function respondError(options: Pick<GatewayOptions, 'log'>, visit: Visit, error: unknown): void {
  const fault =
    error instanceof Fault
      ? error
      : new Fault('internal', 'Something went wrong here. Tell the operator the request id.', { cause: error });
  const failure = faultFailure(fault);
  if (fault.status >= 500) options.log(visit.requestId, failure, fault);
  if (visit.response.headersSent) return void visit.response.destroy();
  respondFailure(visit.response, visit.shape, failure, visit.requestId);
  discardBody(visit.request);
}

export function wrongMethod(response: ServerResponse, ...allowed: string[]): Fault {
  response.setHeader('allow', allowed.join(', '));
  return new Fault('method_not_allowed', `This address takes ${allowed.join(' or ')}.`);
}

function unknownRoute(): Fault {
  return new Fault(
    'unsupported_route',
    'The gateway does not carry this address. It carries calls that name a model and are answered from the request alone, and nothing that is kept at a provider, such as files, batches, threads or stored answers. Its routes are listed at /docs/guide/gateway.',
  );
}

function wrongProtocol(kind: string, route: ModelRoute): Fault {
  const instead =
    kind === 'anthropic' ? 'Call it at /v1/messages.' : 'Call it at an OpenAI route, such as /v1/chat/completions.';
  return new Fault('invalid_request', `The provider of this model does not speak ${route.template}. ${instead}`);
}
