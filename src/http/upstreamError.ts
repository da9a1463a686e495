import type { Provider } from '../core/catalogue.ts';
import { secretPart } from '../core/credential.ts';
import type { Headers } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { ErrorAnswer } from '../service/relayExchange.ts';
import { faultFailure, type Shape } from './failure.ts';
import { failureText } from './respond.ts';

/** Headers of an upstream's refusal that help the client: when to come back. */
const KEPT = ['retry-after', 'retry-after-ms', 'x-should-retry'];

/** A message longer than this helps nobody. */
const MESSAGE_LENGTH = 2000;

/**
 * Turns a model provider's error answer into ours. An error in the route's own shape passes as it is, because SDKs
 * understand it and it says what was wrong with the request; of any other JSON its message is taken; the operator's
 * credential is struck out wherever it stands. What is about the operator's account there (401, 402, 403, 407) is not
 * the client's: it becomes a 502 in our words.
 */
export function upstreamError(
  shape: Shape,
  status: number,
  headers: Headers,
  body: Buffer,
  provider: Pick<Provider, 'credential'>,
  requestId: string,
): ErrorAnswer {
  const secret = secretPart(provider.credential ?? '');
  const kept: Record<string, string> = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  for (const name of KEPT) {
    const value = headers[name];
    if (typeof value === 'string' && (secret === '' || !value.includes(secret))) kept[name] = value;
  }
  const about = (fault: Fault, as: number): ErrorAnswer => {
    const failure = { ...faultFailure(fault), status: as };
    return {
      status: as,
      headers: { ...kept, 'x-keyward-code': fault.code },
      body: Buffer.from(failureText(shape, failure, requestId)),
    };
  };
  if (status === 401 || status === 402 || status === 403 || status === 407) {
    return about(
      new Fault('upstream_refused', 'The provider of this model refused the operator’s credential. Tell the operator.'),
      502,
    );
  }
  const passed = status >= 400 && status <= 599 ? status : 502;
  const json = withoutSecret(body, secret);
  if (json !== null && hasShape(shape, json.value)) {
    return { status: passed, headers: { ...kept, 'x-keyward-code': 'upstream_error' }, body: json.text };
  }
  const message = json === null ? undefined : messageIn(json.value);
  const says =
    message === undefined
      ? `answered with status ${status} and no explanation. Try again later.`
      : `answered: ${message}`;
  return about(new Fault('upstream_bad_answer', `The provider of this model ${says}`), passed);
}

/** The body if it is JSON, without the operator's secret, however its characters are escaped there. */
function withoutSecret(body: Buffer, secret: string): { text: Buffer; value: unknown } | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return null;
  }
  if (secret === '') return { text: body, value };
  const plain = JSON.stringify(value);
  const escaped = JSON.stringify(secret).slice(1, -1);
  if (!plain.includes(escaped)) return { text: body, value };
  const struck = plain.replaceAll(escaped, '***');
  return { text: Buffer.from(struck), value: JSON.parse(struck) };
}

function hasShape(shape: Shape, value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { error, type } = value;
  const message = isRecord(error) ? error['message'] : undefined;
  return typeof message === 'string' && (shape !== 'anthropic' || type === 'error');
}

/** Where servers that speak another dialect say what was wrong. */
function messageIn(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
  const { error, message, detail } = value;
  const found = [isRecord(error) ? error['message'] : error, message, detail].find(
    (one) => typeof one === 'string' && one !== '',
  );
  return typeof found === 'string' ? found.slice(0, MESSAGE_LENGTH) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
