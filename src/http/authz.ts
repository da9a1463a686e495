import type { IncomingMessage, ServerResponse } from 'node:http';
import { DENIALS, deny, type Denial } from '../core/denial.ts';
import { Fault } from '../core/fault.ts';
import { canonicalAddress } from '../core/network.ts';
import { unbilled } from '../service/settlement.ts';
import { attemptOf, refusedFailure, respondError } from './gateway.ts';
import { answerHeaders } from './limitHeaders.ts';
import { climbs } from './pathClimb.ts';
import { addressBehind } from './presented.ts';
import { respondFailure } from './respond.ts';
import type { GatewayOptions, Visit } from './visit.ts';

export type AuthzOptions = Pick<GatewayOptions, 'admission' | 'trust' | 'keyPrefix' | 'newId' | 'clock' | 'log'>;

/** What a proxy asks about: a service, and how and where its client wants to reach it. */
interface Question {
  readonly service: string;
  readonly method: string;
  /** Behind the service's own place; null: it is not told, lies elsewhere, or may be read in more than one way. */
  readonly path: string | null;
  /** The query of the client's own request, where a key must not stand. */
  readonly query: string;
}

/** How each proxy puts its question and what answers it understands (standards of nginx auth_request, Envoy ext_authz, Traefik ForwardAuth). */
interface Proxy {
  readonly question: (request: IncomingMessage, path: string, query: string) => Question;
  readonly status: (denial: Denial) => number;
  /** Sent with a yes, beside who the caller is. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** nginx passes 401 and 403 on and makes a 500 of everything else: other refusals become 403, with the true status in a header. */
function nginxStatus(denial: Denial): number {
  return DENIALS[denial.code].status === 401 ? 401 : 403;
}

function trueStatus(denial: Denial): number {
  return DENIALS[denial.code].status;
}

const PROXIES: Readonly<Record<string, Proxy>> = {
  nginx: {
    question: (request, path) => asked(path, header(request, 'x-original-method'), header(request, 'x-original-uri')),
    status: nginxStatus,
  },
  traefik: {
    question: (request, path) => asked(path, header(request, 'x-forwarded-method'), header(request, 'x-forwarded-uri')),
    status: trueStatus,
  },
  // Envoy sends the client's own method, and its path and query behind the prefix.
  envoy: {
    question: (request, path, query) => asked(withoutRest(path), request.method ?? '', `${restOf(path)}?${query}`),
    status: trueStatus,
    // The one proxy that can be told to keep the key from the application behind it (Envoy's OkHttpResponse.headers_to_remove).
    headers: { 'x-envoy-auth-headers-to-remove': 'authorization,x-api-key,x-goog-api-key' },
  },
};

/**
 * The doors for proxies in front of other services: `/authz/nginx/<service>`, `/authz/traefik/<service>`,
 * `/authz/envoy/<service>/<path>`. For the first two, what stands behind the service's name is where the proxy has put
 * it: `/authz/nginx/vectors/db` for one that is reached at `/db/…`. Any method; the body is not read. Only trusted proxies are answered, because
 * what they say of the client's method and address is believed.
 */
export function createAuthz(
  options: AuthzOptions,
): (request: IncomingMessage, response: ServerResponse, path: string, query: string) => void {
  return (request, response, path, query) => {
    const visit: Visit = { request, response, path, query, requestId: options.newId('req'), shape: 'problem' };
    decide(options, visit).catch((error: unknown) => respondError(options, visit, error));
  };
}

async function decide(options: AuthzOptions, visit: Visit): Promise<void> {
  const { request, response, path, requestId } = visit;
  const name = path.split('/')[2] ?? '';
  const proxy = Object.hasOwn(PROXIES, name) ? PROXIES[name] : undefined;
  if (!proxy)
    throw new Fault(
      'not_found',
      'There is no such door. Use /authz/nginx, /authz/envoy or /authz/traefik, and the name of the service behind it.',
    );
  const route = `authz/${name}`;
  const address = addressBehind(request, options.trust);
  const peer = canonicalAddress(request.socket.remoteAddress ?? '');
  if (peer === null || !options.trust.trusted?.has(peer)) {
    return refuse(
      visit,
      options.admission.refuse({ id: requestId, route, value: null, address: peer }, deny('untrusted_proxy')),
      proxy,
    );
  }
  const question = proxy.question(request, path, visit.query);
  const attempt = attemptOf(options, { ...visit, query: question.query }, route, 'service');
  if (!('value' in attempt)) return refuse(visit, attempt, proxy);
  const admitted = await options.admission.charge(
    { ...attempt, address },
    { kind: 'service', name: question.service, method: question.method, path: question.path },
    unbilled(route, 200),
  );
  if (!admitted.ok) return refuse(visit, admitted, proxy);
  const { key, user } = admitted.record;
  response.writeHead(200, {
    'content-length': 0,
    'cache-control': 'no-store',
    'x-request-id': requestId,
    'x-key-id': key.id,
    'x-project-id': key.projectId ?? '',
    'x-account-id': key.accountId,
    ...(user && { 'x-user': user.username, 'x-user-role': user.role }),
    ...answerHeaders(admitted, admitted.row, visit.shape, options.clock()),
    ...proxy.headers,
  });
  response.end();
}

function refuse(visit: Visit, denial: Denial, proxy: Proxy): void {
  const failure = refusedFailure(denial, visit.shape);
  const headers = { ...failure.headers, 'x-keyward-status': String(failure.status) };
  respondFailure(visit.response, visit.shape, { ...failure, status: proxy.status(denial), headers }, visit.requestId);
}

/** A proxy that does not say the method has not been configured: the strictest is assumed. */
function asked(path: string, method: string, address: string): Question {
  const mark = address.indexOf('?');
  const asks = mark === -1 ? address : address.slice(0, mark);
  return {
    service: path.split('/')[3] ?? '',
    method: method || 'POST',
    path: behind(restOf(path), asks),
    query: mark === -1 ? '' : address.slice(mark + 1),
  };
}

/** `/authz/nginx/vectors/db` → `/db` */
function restOf(path: string): string {
  return path
    .split('/')
    .slice(4)
    .map((segment) => `/${segment}`)
    .join('');
}

function withoutRest(path: string): string {
  return path.split('/').slice(0, 4).join('/');
}

function behind(place: string, path: string): string | null {
  const prefix = place.endsWith('/') ? place.slice(0, -1) : place;
  if (!path.startsWith(`${prefix}/`) && path !== prefix) return null;
  const rest = path.slice(prefix.length) || '/';
  return rest.split('/').some(climbs) ? null : rest;
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}
