// The floor of the gateway: what any proxy in Node has to do that knows its callers. It hashes the key as Keyward
// does, looks it up in a Map, parses the body and forwards it over kept connections. No scope, no address list, no
// metering, no ledger, no errors worth the name. Usage: `node bareProxy.ts <upstream port> <key>`.

import { randomBytes } from 'node:crypto';
import { Agent, createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keyHasher } from '../src/core/keyValue.ts';

const [upstreamPort = '', key = ''] = process.argv.slice(2);
const hash = keyHasher(randomBytes(32));
const keys = new Map([[hash(key), { name: 'bench' }]]);
const agent = new Agent({ keepAlive: true });

function answer(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
    const found = keys.get(hash((request.headers.authorization ?? '').slice('Bearer '.length)));
    const call = JSON.parse(body.toString()) as { model?: string };
    if (!found || typeof call.model !== 'string') return void response.writeHead(401).end();
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const options = { agent, host: '127.0.0.1', port: upstreamPort, path: request.url, method: 'POST', headers };
    const upstream = forward(options, (upstreamAnswer) => {
      response.writeHead(upstreamAnswer.statusCode ?? 502, upstreamAnswer.headers);
      upstreamAnswer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    upstream.end(body);
  });
}

const server = createServer({ noDelay: true, keepAliveTimeout: 75_000 }, answer).listen(0, '127.0.0.1', () => {
  console.log(`listening ${(server.address() as AddressInfo).port}`);
});
process.on('SIGTERM', () => process.exit(0));
