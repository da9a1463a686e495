import type { TestApp } from './app.ts';

/** The project of the first start, and what tests of the console make by the API before they look at it. */
export interface ConsoleData {
  readonly projectId: string;
  readonly accountId: string;
  /** Calls the API as the root key; throws where that is refused. */
  send<T = { id: string }>(method: string, path: string, body?: object): Promise<T>;
  /** An account with a project, and no keys. */
  newPlace(name: string): Promise<{ accountId: string; projectId: string }>;
  /** A key of the first project, or of the one that is named, that opens everything unless `body` says otherwise. */
  newKey(body?: object, projectId?: string): Promise<MadeKey>;
  /** Calls a model or endpoint with a key; answers the status. */
  chat(value: string, model?: string): Promise<number>;
  /** Asks the gateway for its models with a key; answers the status: 200, or 401 where the key counts no more. */
  callModels(value: string): Promise<number>;
}

export interface MadeKey {
  readonly id: string;
  readonly name: string;
  readonly value: string;
}

export async function consoleData(app: TestApp): Promise<ConsoleData> {
  async function send<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await app.api<T>(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  const { data } = await send<{ data: { id: string; accountId: string }[] }>('GET', '/projects');
  const first = data.find((one) => one.accountId !== 'acc_platform');
  if (!first) throw new Error('the first start made no project');
  return {
    projectId: first.id,
    accountId: first.accountId,
    send,
    async newPlace(name) {
      const account = await send<{ id: string }>('POST', '/accounts', { name });
      const shop = { name: `${name} Shop`, accountId: account.id, defaultKey: false };
      const project = await send<{ id: string }>('POST', '/projects', shop);
      return { accountId: account.id, projectId: project.id };
    },
    newKey: (body = {}, projectId = first.id) =>
      send('POST', `/projects/${projectId}/keys`, {
        name: `key-${Math.random().toString(36).slice(2, 8)}`,
        scope: { mode: 'all' },
        ...body,
      }),
    async chat(value, model = 'demo') {
      const answer = await fetch(`${app.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
      });
      await answer.text();
      return answer.status;
    },
    async callModels(value) {
      const answer = await fetch(`${app.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } });
      await answer.text();
      return answer.status;
    },
  };
}
