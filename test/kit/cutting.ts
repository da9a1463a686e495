import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';

/** Stands between a store and Postgres and cuts every connection at the n-th message of one direction. */
export interface Cutter {
  readonly url: string;
  /** From now on: the n-th part that `who` sends is not passed on, and all connections end. */
  cutAt(who: 'client' | 'server', n: number): void;
  /** Whether it has cut since. */
  readonly hasCut: boolean;
  stop(): Promise<void>;
}

export async function cutter(url: string): Promise<Cutter> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let plan: { who: 'client' | 'server'; left: number } | undefined;
  let hasCut = false;

  function cut(): void {
    hasCut = true;
    plan = undefined;
    for (const socket of sockets) socket.destroy();
  }

  function pass(from: Socket, to: Socket, who: 'client' | 'server'): void {
    from.on('data', (part) => {
      if (plan?.who === who && --plan.left === 0) return cut();
      to.write(part);
    });
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('error', () => undefined);
  }

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    sockets.add(client).add(upstream);
    client.setNoDelay();
    upstream.setNoDelay();
    pass(client, upstream, 'client');
    pass(upstream, client, 'server');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  const through = new URL(url);
  through.port = String(address.port);
  return {
    url: through.href,
    cutAt(who, n) {
      hasCut = false;
      plan = { who, left: n };
    },
    get hasCut() {
      return hasCut;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
