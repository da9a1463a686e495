import type { FastifyInstance } from 'fastify';
import { Fault } from '../../core/fault.ts';
import type { SendPage } from '../consolePages.ts';
import type { Asks } from './api.ts';

/** Which methods each address takes: what a 405 has to say, and the test that every operation is documented. */
export interface RouteTable {
  /** The methods routed at an address, sorted; empty when there is nothing. */
  methodsAt(url: string): string[];
  /** Every route, as `GET /api/v1/keys/:id`. */
  readonly all: readonly string[];
  /** Every operation of the API, and what it asks of its caller. */
  readonly operations: readonly RoutedOperation[];
}

export interface RoutedOperation {
  readonly id: string;
  /** As in `all`. */
  readonly route: string;
  readonly asks: Asks;
}

/** Notes every route added after this, and refuses one under /api that does not say who may call it. */
export function createRouteTable(app: FastifyInstance): RouteTable {
  const all: string[] = [];
  const operations: RoutedOperation[] = [];
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method, config, schema }) => {
    const asks = config?.permission;
    if (url.startsWith('/api/') && asks === undefined)
      throw new Error(`${String(method)} ${url} does not say who may call it`);
    if (asks !== undefined && schema?.operationId !== undefined)
      operations.push({ id: schema.operationId, route: `${String(method)} ${url}`, asks });
    const source = url
      .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll(/:\w+/g, '[^/]+')
      .replaceAll('*', '.*');
    all.push(...[method].flat().map((one) => `${one} ${url}`));
    routes.push({ pattern: new RegExp(`^${source}$`), methods: [method].flat() });
  });
  return {
    all,
    operations,
    methodsAt(url) {
      const path = url.replace(/[?#].*$/s, '');
      const found = routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
      return [...new Set(found)].toSorted();
    },
  };
}

/** What is asked of an address where nothing is, or that does not take it. */
export function refuseUnrouted(app: FastifyInstance, table: RouteTable, sendPage: SendPage): void {
  app.setNotFoundHandler((request, reply) => {
    const page = sendPage(request, reply);
    if (page) return page;
    const allowed = table.methodsAt(request.url);
    if (allowed.length === 0)
      throw new Fault('not_found', 'There is nothing at this address. /docs/reference/api lists what there is.');
    void reply.header('allow', allowed.join(', '));
    throw new Fault('method_not_allowed', `This address takes ${allowed.join(', ')}.`);
  });
}
