import type { IncomingMessage, ServerResponse } from 'node:http';

/** `/healthz`: the process answers. `/readyz`: it can decide, because the store can be read and written. */
export function createHealth(
  check: () => Promise<void>,
): (request: IncomingMessage, response: ServerResponse, path: string) => void {
  return (_request, response, path) => {
    if (path === '/healthz') return answer(response, 200, 'ok');
    check().then(
      () => answer(response, 200, 'ready'),
      () => answer(response, 503, 'the store cannot be read or written'),
    );
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain',
    'content-length': text.length + 1,
    'cache-control': 'no-store',
  });
  response.end(`${text}\n`);
}
