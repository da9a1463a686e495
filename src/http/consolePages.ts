import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Scripts are our own files and nothing else; antd writes its styles into the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export type SendPage = (request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined;

/** A file of the built console; `brotli` was made with it. */
interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly brotli: Buffer | undefined;
}

/**
 * The console: `/assets/…`, whose names change with their content, and one page for every other address that a browser
 * asks to see: what is answered sends it, and is undefined for every other request. All is read once, so no address
 * reaches another file. Where nothing was built there are no pages.
 */
export async function consolePages(app: FastifyInstance, dir: string): Promise<SendPage> {
  const assets = await readAssets(dir);
  const page = assets.get('index.html');
  if (!page) return () => undefined;

  const sendPage = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    send(request, reply.code(200).headers({ 'content-security-policy': POLICY, 'cache-control': 'no-cache' }), page);

  for (const [name, asset] of assets) {
    if (name === 'index.html') continue;
    app.get(`/${name}`, async (request, reply) =>
      send(request, reply.header('cache-control', 'public, max-age=31536000, immutable'), asset),
    );
  }
  app.get('/', async (request, reply) => sendPage(request, reply));
  return (request, reply) => (wantsPage(request) ? sendPage(request, reply) : undefined);
}

/** Whether a browser asks for a page to show, outside of what belongs to the API and the documentation. */
function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  if (method !== 'GET' || /^\/(?:api|docs|assets)(?:[/?]|$)/.test(url)) return false;
  return headers.accept?.includes('text/html') ?? false;
}

function send(request: FastifyRequest, reply: FastifyReply, { type, plain, brotli }: Asset): FastifyReply {
  void reply.header('vary', 'accept-encoding').type(type);
  const takesBrotli = /\bbr\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers['accept-encoding'] ?? '');
  return brotli && takesBrotli ? reply.header('content-encoding', 'br').send(brotli) : reply.send(plain);
}

async function readAssets(dir: string): Promise<Map<string, Asset>> {
  const names: string[] = await readdir(dir, { recursive: true }).catch(() => []);
  const assets = new Map<string, Asset>();
  for (const name of names.map((one) => one.replaceAll('\\', '/'))) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const brotli = names.includes(`${name}.br`) ? await readFile(join(dir, `${name}.br`)) : undefined;
    assets.set(name, { type, plain: await readFile(join(dir, name)), brotli });
  }
  return assets;
}
