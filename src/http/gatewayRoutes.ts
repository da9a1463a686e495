import type { ProviderKind } from '../core/catalogue.ts';
import type { Billing } from '../service/relayExchange.ts';
import type { Shape } from './failure.ts';

/** What the body of a route's answer looks like to the meter. */
export type WireProtocol =
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-responses'
  | 'openai-embeddings'
  | 'openai-other'
  | 'anthropic-messages'
  | 'anthropic-other';

/** A route that calls a model. */
export interface ModelRoute {
  /** Its name in ledger and documents. */
  readonly template: string;
  readonly protocol: WireProtocol;
  readonly shape: Shape;
  /** The kinds of provider that answer it. */
  readonly kinds: readonly ProviderKind[];
  /** Whether a stream's usage has to be asked for (`stream_options.include_usage`). */
  readonly asksForUsage: boolean;
  readonly billing: Billing;
}

const OPENAI: readonly ProviderKind[] = ['openai', 'demo'];
const ANTHROPIC: readonly ProviderKind[] = ['anthropic', 'demo'];

function route(template: string, protocol: WireProtocol, billing: Billing = 'tokens'): ModelRoute {
  const anthropic = protocol.startsWith('anthropic');
  return {
    template,
    protocol,
    shape: anthropic ? 'anthropic' : 'openai',
    kinds: anthropic ? ANTHROPIC : OPENAI,
    asksForUsage: protocol === 'openai-chat' || protocol === 'openai-completions',
    billing,
  };
}

const ROUTES = new Map<string, ModelRoute>(
  [
    route('/v1/chat/completions', 'openai-chat'),
    route('/v1/completions', 'openai-completions'),
    route('/v1/responses', 'openai-responses'),
    route('/v1/embeddings', 'openai-embeddings'),
    route('/v1/messages', 'anthropic-messages'),
    route('/v1/messages/count_tokens', 'anthropic-other', 'free'),
  ].map((one) => [one.template, one]),
);

const OTHER = route('/v1/*', 'openai-other', 'reported');

/**
 * What reads or changes what is kept at the provider under the operator's one credential: passing it on would show one
 * tenant's files and answers to another. Below the model routes (`/v1/responses/{id}`) it is the same; others choose a
 * model in the path, past the one that was checked, or change the server itself. See docs/decisions/0010.
 */
const KEPT = new Set([
  'admin',
  'agents',
  'api_keys',
  'assistants',
  'async',
  'batch',
  'batches',
  'billing',
  'cached_contents',
  'chat',
  'chatkit',
  'collections',
  'completions',
  'containers',
  'conversations',
  'credits',
  'dashboard',
  'datasets',
  'deployments',
  'documents',
  'embeddings',
  'engines',
  'evals',
  'files',
  'fine-tunes',
  'fine-tuning',
  'fine_tunes',
  'fine_tuning',
  'generation',
  'graders',
  'indexes',
  'invites',
  'jobs',
  'keys',
  'libraries',
  'load_lora_adapter',
  'memories',
  'memory',
  'messages',
  'models',
  'operations',
  'organization',
  'organizations',
  'projects',
  'prompts',
  'realtime',
  'responses',
  'runs',
  'sessions',
  'skills',
  'tasks',
  'threads',
  'unload_lora_adapter',
  'uploads',
  'usage',
  'users',
  'vector-stores',
  'vector_stores',
  'video',
  'videos',
  'webhooks',
  'workspaces',
  'audio/voice_consents',
  'audio/voices',
]);

/** Words in plain segments: nothing that an upstream could read as climbing, or in another way than it was checked. */
const PLAIN_PATH = /^\/v1\/([a-z0-9_-]+)((?:\/[a-z0-9_-][a-z0-9_.-]*)*)$/;

/** A segment that may name something kept: words of an address have neither digits nor this length. */
const MAY_BE_ID = /\d|[^/]{25}/;

/** The model route of a path; undefined when the gateway does not carry it. */
export function modelRoute(path: string): ModelRoute | undefined {
  const known = ROUTES.get(path);
  if (known) return known;
  // Some servers take paths without regard to case.
  const match = PLAIN_PATH.exec(path.toLowerCase());
  if (!match) return undefined;
  const [, first = '', rest = ''] = match;
  const [, second = ''] = rest.split('/');
  const keeps = KEPT.has(first) || KEPT.has(`${first}/${second}`) || MAY_BE_ID.test(first + rest);
  return keeps ? undefined : OTHER;
}

/** The error shape for a path that may be no route at all: the SDK that called it should understand the answer. */
export function shapeOf(path: string, anthropicVersion: unknown): Shape {
  if (path === '/v1/messages' || path.startsWith('/v1/messages/')) return 'anthropic';
  return anthropicVersion !== undefined && path.startsWith('/v1/models') ? 'anthropic' : 'openai';
}
