import type { Provider } from '../core/catalogue.ts';
import type { SendUpstream } from '../core/exchange.ts';

/** What a test call found, in a sentence for the operator. */
export interface ProviderTestResult {
  readonly ok: boolean;
  /** Status of the answer; null: none came. */
  readonly status: number | null;
  readonly detail: string;
  /** Until the head of the answer, or until it was given up. */
  readonly durationMs: number;
}

const MOST_MS = 15_000;

/** Asks a provider for its list of models (a service: for its root): shows address, connection and credential to be right, and costs nothing. */
export function createProviderTest(options: {
  send: SendUpstream;
}): (provider: Provider) => Promise<ProviderTestResult> {
  return (provider) => {
    const startedAt = performance.now();
    const timed = (result: Omit<ProviderTestResult, 'durationMs'>): ProviderTestResult => ({
      ...result,
      durationMs: Math.round(performance.now() - startedAt),
    });
    if (provider.kind === 'demo')
      return Promise.resolve(timed({ ok: true, status: 200, detail: 'The demo model is part of Keyward.' }));
    const timeoutMs = Math.min(provider.timeoutMs, MOST_MS);
    const headers = provider.kind === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};
    return new Promise((resolve) => {
      const call = options.send(
        {
          provider: { ...provider, timeoutMs },
          method: 'GET',
          path: provider.kind === 'http' ? '/' : '/models',
          headers,
          body: null,
        },
        {
          head(status) {
            resolve(timed(judge(provider, status)));
            call.abort();
          },
          data: () => undefined,
          end: () => undefined,
          fail: (fault) =>
            resolve(
              timed({ ok: false, status: null, detail: `${fault.message} (${fault.details.private ?? fault.code})` }),
            ),
        },
      );
    });
  };
}

function judge({ kind, name }: Provider, status: number): Omit<ProviderTestResult, 'durationMs'> {
  if (status === 401 || status === 403)
    return { ok: false, status, detail: `${name} refuses the credential. Check it and its rights.` };
  if (kind === 'http' ? status < 500 : status >= 200 && status < 300)
    return { ok: true, status, detail: `${name} answers.` };
  if (status === 404)
    return {
      ok: false,
      status,
      detail: `${name} does not know this path. Check the base URL: it usually ends with /v1.`,
    };
  return { ok: false, status, detail: `${name} answers with status ${status}.` };
}
