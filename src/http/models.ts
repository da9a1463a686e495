import type { IncomingMessage, ServerResponse } from 'node:http';
import { accessOf } from '../core/authorise.ts';
import { deny } from '../core/denial.ts';
import { groupIdOf } from '../core/group.ts';
import type { Resource } from '../core/scope.ts';
import type { Directory, ListedModel } from '../service/directory.ts';
import { unbilled, type Settlement } from '../service/settlement.ts';
import type { Shape } from './failure.ts';
import { attemptOf, respondDenial, respondError, wrongMethod } from './gateway.ts';
import { shapeOf } from './gatewayRoutes.ts';
import { answerHeaders } from './limitHeaders.ts';
import { identity } from './respond.ts';
import type { GatewayOptions, Visit } from './visit.ts';

export interface ModelsOptions extends Pick<
  GatewayOptions,
  'admission' | 'trust' | 'keyPrefix' | 'newId' | 'clock' | 'log'
> {
  readonly directory: Directory;
  readonly settlement: Settlement;
}

const ROUTE = '/v1/models';

/** `GET /v1/models` and `GET /v1/models/{name}`: what this key may call, in the shape of the SDK that asks. */
export function createModels(
  options: ModelsOptions,
): (request: IncomingMessage, response: ServerResponse, path: string, query: string) => void {
  return (request, response, path, query) => {
    const visit: Visit = {
      request,
      response,
      path,
      query,
      requestId: options.newId('req'),
      shape: shapeOf(path, request.headers['anthropic-version']),
    };
    listModels(options, visit).catch((error: unknown) => respondError(options, visit, error));
  };
}

async function listModels(options: ModelsOptions, visit: Visit): Promise<void> {
  const { request, response, path, shape } = visit;
  const attempt = attemptOf(options, visit, ROUTE);
  if (!('value' in attempt)) return respondDenial(visit, attempt);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const refused = await options.admission.check(attempt);
    if (refused) return respondDenial(visit, refused);
    throw wrongMethod(response, 'GET', 'HEAD');
  }
  const name = path === ROUTE ? null : decodeName(path.slice(ROUTE.length + 1));
  const admitted = await options.admission.admit(attempt, name === null ? { kind: 'list' } : { kind: 'model', name });
  if (!admitted.ok) return respondDenial(visit, admitted);
  const { record } = admitted;
  const isOpen = (resource: Resource): boolean => accessOf(record, resource) !== undefined;
  const listed = options.directory.listed(record.key, isOpen, groupIdOf(record));
  const one = listed.find((model) => model.name === name);
  const missing = name !== null && !one;
  // Gone since it was admitted. The call has its row all the same, and with it gives back what it holds.
  const row = await options.settlement.settle(admitted, unbilled(ROUTE, missing ? 404 : 200));
  if (missing) return respondDenial(visit, deny('model_not_found'));
  const body = Buffer.from(JSON.stringify(one ? entry(shape, one) : list(shape, listed)));
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...answerHeaders(admitted, row, shape, options.clock()),
    ...identity(shape, visit.requestId),
  });
  response.end(body);
}

/** Names may hold `/`, sent as it is or encoded. What cannot be decoded names no model. */
function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function list(shape: Shape, models: readonly ListedModel[]): unknown {
  const data = models.map((model) => entry(shape, model));
  if (shape !== 'anthropic') return { object: 'list', data };
  return { data, has_more: false, first_id: models[0]?.name ?? null, last_id: models.at(-1)?.name ?? null };
}

function entry(shape: Shape, { name, createdAtMs, owner }: ListedModel): unknown {
  return shape === 'anthropic'
    ? { type: 'model', id: name, display_name: name, created_at: new Date(createdAtMs).toISOString() }
    : { id: name, object: 'model', created: Math.floor(createdAtMs / 1000), owned_by: owner };
}
