import type { LookupAddress, LookupOptions } from 'node:dns';
import { Client, errors } from 'undici';
import type { SendWebhook, WebhookMessage } from '../core/webhook.ts';
import type { WebhookGuard } from './webhookGuard.ts';
import { webhookSignature } from './webhookSignature.ts';

/** Most of an answer that is read, so that the receiver can end it in peace. None of it is kept. */
const MOST_ANSWER_BYTES = 1024;

/**
 * Sends one message over a connection of its own: what was checked is what is connected to, and nothing is shared
 * between receivers. Follows no redirect, and is done with everything within the time-out.
 */
export function createWebhookSender(options: { guard: WebhookGuard; timeoutMs?: number }): SendWebhook {
  const { guard, timeoutMs = 10_000 } = options;
  return async (message, signal) => {
    const startedAt = performance.now();
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    let status: number | null = null;
    let error: string | null = null;
    try {
      status = await exchange(message, guard, deadline);
    } catch (cause) {
      error = deadline.aborted && !signal.aborted ? `No answer within ${timeoutMs / 1000} seconds.` : words(cause);
    }
    return { status, error, durationMs: Math.round(performance.now() - startedAt) };
  };
}

/** The status of the answer. */
async function exchange(
  { url, id, timestampSeconds, body, secrets }: WebhookMessage,
  guard: WebhookGuard,
  signal: AbortSignal,
): Promise<number> {
  const target = new URL(url);
  // Literal addresses are not looked up, and the rules may have changed since this one was saved.
  if (guard.refuse(target.hostname) !== null) throw new RefusedAddress();
  const client = new Client(target.origin, {
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: 16_384,
    connect: {
      timeout: 0,
      lookup: (hostname, lookupOptions, done) => void guarded(guard, hostname, lookupOptions, done),
    },
  });
  // The client's own signal does not end a name look-up or a connection under way; destroying it does.
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = (): void => reject(new errors.RequestAbortedError());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    const answer = client.request({
      method: 'POST',
      path: target.pathname + target.search,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Keyward',
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': webhookSignature(id, timestampSeconds, body, secrets),
      },
      body,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    answer.catch(() => undefined);
    const { statusCode, body: rest } = await Promise.race([answer, aborted]);
    await Promise.race([drain(rest), aborted]).catch(() => undefined);
    return statusCode;
  } finally {
    await client.destroy().catch(() => undefined);
  }
}

async function drain(body: AsyncIterable<Buffer>): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MOST_ANSWER_BYTES) return;
  }
}

class RefusedAddress extends Error {}

type Done = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** A look-up that refuses a name when any of its addresses is refused, at the moment of connecting (DNS rebinding). */
async function guarded(
  guard: WebhookGuard,
  hostname: string,
  { all, family }: LookupOptions,
  done: Done,
): Promise<void> {
  try {
    const found = await guard.resolve(hostname);
    if (found.some(({ address }) => guard.refuse(address) !== null)) return done(new RefusedAddress(), []);
    const fitting = found.filter((one) => !family || `IPv${one.family}` === `IPv${family}` || one.family === family);
    const [first] = fitting;
    if (!first) return done(new RefusedAddress(), []);
    if (all) return done(null, fitting);
    done(null, first.address, first.family);
  } catch (error) {
    done(error as Error, []);
  }
}

/** A few sentences, never the error's own: that may name addresses inside. One for a name that is unknown and one that leads inside: which of the two is nobody's business. */
function words(cause: unknown): string {
  const error: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof RefusedAddress || DNS_CODES.test(code)) return 'The name or address leads to no public address.';
  if (code === 'ECONNREFUSED') return 'The connection was refused.';
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code)) return `The TLS certificate or handshake is not good (${code}).`;
  return 'The connection failed or was broken off before an answer.';
}

const DNS_CODES =
  /^(?:ENOTFOUND|ENODATA|ESERVFAIL|EREFUSED|EBADRESP|EBADNAME|EAI_\w+|ETIMEOUT|ECANCELLED|EFORMERR|ENONAME)$/;
