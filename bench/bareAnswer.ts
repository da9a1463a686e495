// The floor of the verify call: a Node server that hashes the key in a JSON body as Keyward does, looks it up in a
// Map and answers JSON of the same size. No ledger, no checks. Usage: `node bareAnswer.ts <key>`.

import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keyHasher } from '../src/core/keyValue.ts';

const [key = ''] = process.argv.slice(2);
const hash = keyHasher(randomBytes(32));
const found = { id: 'key_8Kq3VbT1xYw0RzE5uNfa', name: 'Bench', accountId: 'acc_5f0RhqTqk2pVb1mYcX7a' };
const keys = new Map([
  [hash(key), { ...found, projectId: 'prj_9sMZ2cWq0LhD4tKxJ3ae', environment: null, expiresAt: null }],
]);

function answer(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const question = JSON.parse(Buffer.concat(parts).toString()) as { key: string };
    const record = keys.get(hash(question.key));
    const text = JSON.stringify({
      valid: record !== undefined,
      code: 'valid',
      requestId: 'req_00000000000000000000',
      key: record,
    });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
    response.end(text);
  });
}

const server = createServer({ noDelay: true, keepAliveTimeout: 75_000 }, answer).listen(0, '127.0.0.1', () => {
  console.log(`listening ${(server.address() as AddressInfo).port}`);
});
process.on('SIGTERM', () => process.exit(0));
