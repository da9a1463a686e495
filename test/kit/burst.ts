import { Agent, request } from 'node:http';
import type { FakeUpstream, Script } from './upstream.ts';

/** A call of a burst: where to, and how it went. */
export interface BurstCall {
  readonly url: string;
  readonly key: string;
  readonly body: object;
}

/** As many connections as there are calls, so that none waits in the client. */
const agent = new Agent({ keepAlive: true, maxSockets: 600 });

/** Sends all calls at once and answers their statuses, in order. `onStatus` is told each as soon as it is known. */
export function burst(
  calls: readonly BurstCall[],
  onStatus: (status: number) => void = () => undefined,
): Promise<number[]> {
  return Promise.all(
    calls.map(
      ({ url, key, body }) =>
        new Promise<number>((resolve, reject) => {
          const text = JSON.stringify(body);
          const headers = {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          };
          const sent = request(url, { agent, method: 'POST', headers }, (response) => {
            const status = response.statusCode ?? 0;
            onStatus(status);
            response.resume();
            response.on('end', () => resolve(status));
            response.on('error', reject);
          });
          sent.on('error', reject);
          sent.end(text);
        }),
    ),
  );
}

/** Holds every answer of an upstream back until `open`, so that all that is admitted is under way at once. */
export function holdBack(upstream: FakeUpstream, script: Script): { open(): void } {
  const opened = Promise.withResolvers<void>();
  upstream.script = async (response, seen) => {
    await opened.promise;
    return script(response, seen);
  };
  return { open: () => opened.resolve() };
}

/** Counts how many calls had each status. */
export function tally(statuses: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
