import type { Door } from './openapi.ts';
import { VerifyAnswer, VerifyBody } from './verify.ts';

const CALL =
  'Key in `Authorization: Bearer`, `x-api-key` or `x-goog-api-key`. The body and the answer are the provider’s own; only `model` and, for streams, `stream_options.include_usage` are changed on the way.';

function post(path: string, summary: string, description = CALL): Door {
  return { method: 'POST', path, summary, description, tag: 'Gateway' };
}

function get(path: string, summary: string, description: string): Door {
  return { method: 'GET', path, summary, description, tag: 'Gateway' };
}

/** The operations served outside the management API, as its description lists them. */
export const DOORS: readonly Door[] = [
  post('/v1/chat/completions', 'Chat completion'),
  post('/v1/completions', 'Text completion'),
  post('/v1/responses', 'Response'),
  post('/v1/embeddings', 'Embeddings'),
  post('/v1/messages', 'Message (Anthropic)'),
  post('/v1/messages/count_tokens', 'Count the tokens of a message (Anthropic)'),
  get(
    '/v1/models',
    'The models this key may call',
    'In OpenAI’s shape, or in Anthropic’s when `anthropic-version` is sent.',
  ),
  get('/v1/models/{name}', 'One model this key may call', 'The name may contain `/`.'),
  get(
    '/v1/usage',
    'What this key has used',
    'The last 30 days by model, and where its limits stand. Answered to expired and exhausted keys too; counts as no use.',
  ),
  post(
    '/v1/{path}',
    'Any other call that names a model',
    'Passed through and metered, for example `/v1/images/generations`. The model is read from the JSON body or the form. Paths that read or change what is stored at the provider are refused.',
  ),
  get(
    '/services/{name}/{path}',
    'Call a service',
    'Any method. The path behind the name, the query, the body and the answer pass as they are; a key with read access may use GET, HEAD and OPTIONS.',
  ),
  {
    method: 'POST',
    path: '/api/v1/keys/verify',
    summary: 'Ask whether a key may do something',
    description:
      'The gateway’s own decision, for services that ask themselves. Needs a management key that reaches the key. Always 200 for a well-formed question: `valid` and `code` say the decision.',
    tag: 'Keys',
    body: VerifyBody,
    answer: VerifyAnswer,
  },
  get('/authz/nginx/{service}', 'nginx auth_request', 'Answers 200, 401 or 403. Trusted proxies only.'),
  get('/authz/traefik/{service}', 'Traefik ForwardAuth', 'Answers 200 or the refusal. Trusted proxies only.'),
  get(
    '/authz/envoy/{service}/{path}',
    'Envoy ext_authz',
    'Any method; answers 200 or the refusal. Trusted proxies only.',
  ),
  get('/healthz', 'The process serves', 'No key needed.'),
  get('/readyz', 'The store can be read and written', 'No key needed.'),
];
