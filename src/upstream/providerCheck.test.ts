import { expect, test, vi } from 'vitest';
import type { Provider } from '../core/catalogue.ts';
import type { SendUpstream, UpstreamSink } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { createProviderTest } from './providerCheck.ts';

const provider: Provider = {
  id: 'prv_1',
  name: 'Acme',
  kind: 'openai',
  baseUrl: 'http://a',
  credential: 'c',
  credentialHeader: null,
  timeoutMs: 600_000,
  idleTimeoutMs: 1,
  createdAtMs: 0,
};

function tested(over: Partial<Provider>, answer: (sink: UpstreamSink) => void) {
  const abort = vi.fn<() => void>();
  const send = vi.fn<SendUpstream>((_request, sink) => {
    queueMicrotask(() => answer(sink));
    return { abort, pause: abort, resume: abort };
  });
  return { send, abort, result: createProviderTest({ send })({ ...provider, ...over }) };
}

test.each([
  ['openai', 200, true, 'Acme answers'],
  ['anthropic', 200, true, 'Acme answers'],
  ['openai', 401, false, 'refuses the credential'],
  ['openai', 404, false, '/v1'],
  ['openai', 500, false, '500'],
  ['http', 404, true, 'Acme answers'],
  ['http', 403, false, 'refuses the credential'],
  ['http', 502, false, '502'],
] as const)('a provider of kind %s that answers %i', async (kind, status, ok, words) => {
  const { result, abort, send } = tested({ kind }, (sink) => sink.head(status, {}));
  expect(await result).toMatchObject({ ok, status, durationMs: expect.any(Number) });
  expect((await result).detail).toContain(words);
  expect(abort).toHaveBeenCalledOnce();
  expect(send.mock.calls[0]![0]).toMatchObject({
    method: 'GET',
    path: kind === 'http' ? '/' : '/models',
    provider: { timeoutMs: 15_000 },
  });
});

test('a provider that does not answer, and the demo model', async () => {
  const { result } = tested({}, (sink) =>
    sink.fail(new Fault('upstream_timeout', 'No answer.', { private: 'after 15 s' })),
  );
  expect(await result).toEqual({
    ok: false,
    status: null,
    detail: 'No answer. (after 15 s)',
    durationMs: expect.any(Number),
  });
  const demo = tested({ kind: 'demo' }, () => undefined);
  expect(await demo.result).toMatchObject({ ok: true });
  expect(demo.send).not.toHaveBeenCalled();
});
