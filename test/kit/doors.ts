import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ROOT_KEY, type TestApp } from './app.ts';
import { send, type Lines, type RawAnswer } from './raw.ts';

/**
 * Every door of Keyward, each asked the same way, so that one table of cases can be run through all of them.
 * The test itself stands in for the trusted proxy: the app needs KEYWARD_TRUSTED_PROXIES=127.0.0.1.
 */
export interface Door {
  readonly name: string;
  /** As the counts of refusals call it. */
  readonly route: string;
  /** What is asked for: a model, a service, the list of models, or what the question says. */
  readonly about: 'model' | 'service' | 'list' | 'either';
  readonly shape: 'openai' | 'anthropic' | 'problem' | 'verify';
  /** Which of the provider kinds answers here. */
  readonly kind: 'openai' | 'anthropic';
  /** The status a denial has here. */
  readonly status: (gatewayStatus: number) => number;
  ask(app: Pick<TestApp, 'url'>, question: Question): Promise<RawAnswer>;
}

export interface Question {
  /** The key as `Authorization: Bearer` carries it; null: none. */
  readonly key?: string | null;
  /** Header lines instead of `key`. */
  readonly lines?: Lines;
  readonly query?: string;
  readonly model?: string;
  readonly service?: string;
  /** Behind the service's name. */
  readonly path?: string;
  readonly method?: string;
  /** What the proxy in front says of the client's address; null: nothing, or nothing that can be read. */
  readonly address?: string | null;
}

const as = (status: number): number => status;
const DEFAULT_ADDRESS = '198.51.100.1';

export const DOORS: readonly Door[] = [
  model('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }),
  model('/v1/completions', { prompt: 'Hi' }),
  model('/v1/responses', { input: 'Hi' }),
  model('/v1/embeddings', { input: 'Hi' }),
  { ...model('/v1/rerank', { query: 'Hi', documents: [] }), route: '/v1/*' },
  anthropic('/v1/messages', { max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }),
  anthropic('/v1/messages/count_tokens', { messages: [{ role: 'user', content: 'Hi' }] }),
  {
    name: 'GET /v1/models',
    route: '/v1/models',
    about: 'list',
    shape: 'openai',
    kind: 'openai',
    status: as,
    ask: (app, question) => send(`${app.url}/v1/models${search(question)}`, { lines: linesOf(question) }),
  },
  {
    name: 'GET /v1/models in Anthropic’s shape',
    route: '/v1/models',
    about: 'list',
    shape: 'anthropic',
    kind: 'openai',
    status: as,
    ask: (app, question) =>
      send(`${app.url}/v1/models${search(question)}`, {
        lines: [...linesOf(question), ['anthropic-version', '2023-06-01']],
      }),
  },
  {
    name: 'GET /v1/models/{name}',
    route: '/v1/models',
    about: 'model',
    shape: 'openai',
    kind: 'openai',
    status: as,
    ask: (app, question) =>
      send(`${app.url}/v1/models/${question.model}${search(question)}`, { lines: linesOf(question) }),
  },
  {
    name: '/services/{name}',
    route: '/services/*',
    about: 'service',
    shape: 'problem',
    kind: 'openai',
    status: as,
    ask: (app, question) =>
      send(`${app.url}/services/${question.service}${pathOf(question)}${search(question)}`, {
        method: question.method ?? 'GET',
        lines: linesOf(question),
      }),
  },
  {
    name: 'verify',
    route: 'verify',
    about: 'either',
    shape: 'verify',
    kind: 'openai',
    status: () => 200,
    ask: (app, { key = null, address = DEFAULT_ADDRESS, ...question }) => {
      const resource =
        question.model === undefined
          ? { type: 'service', name: question.service, method: question.method ?? 'GET', path: pathOf(question) }
          : { type: 'model', name: question.model };
      const body = JSON.stringify({ key, ...(address !== null && { ip: address }), resource });
      return send(`${app.url}/api/v1/keys/verify`, {
        method: 'POST',
        lines: [['authorization', `Bearer ${ROOT_KEY}`]],
        body,
      });
    },
  },
  {
    name: 'authz for nginx',
    route: 'authz/nginx',
    about: 'service',
    shape: 'problem',
    kind: 'openai',
    status: (status) => (status === 401 ? 401 : 403),
    ask: (app, question) =>
      send(`${app.url}/authz/nginx/${question.service}`, {
        lines: [
          ...linesOf(question),
          ['x-original-method', question.method ?? 'GET'],
          ['x-original-uri', pathOf(question) + search(question)],
        ],
      }),
  },
  {
    name: 'authz for Traefik',
    route: 'authz/traefik',
    about: 'service',
    shape: 'problem',
    kind: 'openai',
    status: as,
    ask: (app, question) =>
      send(`${app.url}/authz/traefik/${question.service}`, {
        lines: [
          ...linesOf(question),
          ['x-forwarded-method', question.method ?? 'GET'],
          ['x-forwarded-uri', pathOf(question) + search(question)],
        ],
      }),
  },
  {
    name: 'authz for Envoy',
    route: 'authz/envoy',
    about: 'service',
    shape: 'problem',
    kind: 'openai',
    status: as,
    ask: (app, question) =>
      send(`${app.url}/authz/envoy/${question.service}${pathOf(question)}${search(question)}`, {
        method: question.method ?? 'GET',
        lines: [...linesOf(question), ['content-length', '0']],
      }),
  },
];

function model(path: string, body: object): Door {
  return {
    name: path,
    route: path,
    about: 'model',
    shape: 'openai',
    kind: 'openai',
    status: as,
    ask: (app, question) =>
      send(app.url + path + search(question), {
        method: 'POST',
        lines: [...linesOf(question), ['content-type', 'application/json']],
        body: JSON.stringify({ model: question.model, ...body }),
      }),
  };
}

function anthropic(path: string, body: object): Door {
  const door = model(path, body);
  return {
    ...door,
    shape: 'anthropic',
    kind: 'anthropic',
    ask: (app, question) =>
      door.ask(app, { ...question, lines: [...presented(question), ['anthropic-version', '2023-06-01']] }),
  };
}

function pathOf({ path = '/some/path' }: Question): string {
  return path;
}

function search({ query }: Question): string {
  return query === undefined ? '' : `?${query}`;
}

function presented({ key = null, lines }: Question): Lines {
  return lines ?? (key === null ? [] : [['authorization', `Bearer ${key}`]]);
}

function linesOf(question: Question): Lines {
  const { address = DEFAULT_ADDRESS } = question;
  return [...presented(question), ['x-forwarded-for', address ?? 'unknown']];
}

/** The rows of a table as they are on disk, ordered by all their columns. */
export function rowsOf(dataDir: string, table: string): Record<string, unknown>[] {
  const database = new DatabaseSync(join(dataDir, 'keyward.db'), { readOnly: true });
  try {
    const columns = database.prepare(`select name from pragma_table_info('${table}')`).all();
    const list = columns
      .map(({ name }) => (name === 'cost_nano' ? 'cast(cost_nano as text) as cost_nano' : String(name)))
      .join(', ');
    return database.prepare(`select ${list} from ${table} order by ${columns.map((_, at) => at + 1).join(', ')}`).all();
  } finally {
    database.close();
  }
}
