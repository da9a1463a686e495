import type { IncomingHttpHeaders } from 'node:http';
import { Fault, invalidField } from '../core/fault.ts';
import { mostInputTokens } from '../core/estimate.ts';
import { NO_DEMAND, type Demand } from '../service/bound.ts';
import type { Target } from '../service/directory.ts';
import { readEnvelope, type CountName, type Envelope, type MemberName } from './envelope.ts';
import type { ModelRoute, WireProtocol } from './gatewayRoutes.ts';
import { refuseKept } from './keptReferences.ts';
import { multipartModel, rewriteMultipart } from './multipart.ts';
import { asksForUsage, rewrite } from './rewrite.ts';

/** What a request body asks for, and how it is changed for its upstream. */
export interface ModelCall {
  readonly model: string;
  /** Whether we ask for usage where the client did not. */
  readonly hidesUsage: boolean;
  /** The most it can use, for its limits. */
  readonly demand: Demand;
  /** The body for its upstream; `outputTokens`: a maximum to set where the client named none. */
  bodyFor(target: Target, outputTokens: number | null): Buffer;
}

/** The member that bounds the output, by route; where a route has two, the newer first. */
const OUTPUT_MEMBERS: Partial<Record<WireProtocol, readonly CountName[]>> = {
  'openai-chat': ['max_completion_tokens', 'max_tokens'],
  'openai-completions': ['max_tokens'],
  'openai-responses': ['max_output_tokens'],
  'anthropic-messages': ['max_tokens'],
};

const NEEDED: readonly MemberName[] = [
  'model',
  'models',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'background',
  'n',
  'best_of',
  'previous_response_id',
  'conversation',
  'service_tier',
];

/** Each prompt gets answers of its own. */
const NEEDED_WITH_PROMPTS: readonly MemberName[] = [...NEEDED, 'prompt'];

/** What the provider keeps under the operator's one credential: naming it would reach into another tenant's conversation. */
const STORED: readonly ('previous_response_id' | 'conversation')[] = ['previous_response_id', 'conversation'];

/** What costs the model's price, or less. `auto` is what the operator has agreed on with the provider. */
const PRICED_TIERS = new Set(['auto', 'default', 'flex', 'standard', 'standard_only']);

/** The longest `content-type` that is read at all. */
const CONTENT_TYPE_LENGTH = 256;

/** Reads the body of a model call. Throws a fault that names the member and the fix. */
export function prepareModelCall(route: ModelRoute, headers: IncomingHttpHeaders, body: Buffer): ModelCall {
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    throw new Fault(
      'unsupported_media_type',
      'The request body is compressed, which this server does not take. Send it as it is.',
    );
  }
  const contentType = headers['content-type'] ?? 'application/json';
  if (contentType.length > CONTENT_TYPE_LENGTH)
    throw new Fault('unsupported_media_type', 'The content-type header is too long to be one.');
  if (/^multipart\/form-data\b/i.test(contentType) && route.protocol === 'openai-other')
    return multipartCall(body, contentType);
  if (!/^(application\/([a-z0-9.+-]+\+)?json|text\/plain)\b/i.test(contentType)) {
    throw new Fault('unsupported_media_type', 'The request body must be JSON: send `content-type: application/json`.');
  }
  return jsonCall(route, body);
}

function jsonCall(route: ModelRoute, body: Buffer): ModelCall {
  const envelope = readEnvelope(body, route.protocol === 'openai-completions' ? NEEDED_WITH_PROMPTS : NEEDED);
  const { members } = envelope;
  if (!members.model) throw invalidField('/model', 'The request names no model. Send "model".');
  if (members.models)
    throw invalidField(
      '/models',
      'A list of fall-back models is not taken: each call is checked for one model. Send "model" alone.',
    );
  if (members.background?.value === true) {
    throw invalidField(
      '/background',
      'Background answers are kept at the provider, where Keyward cannot meter them. Leave "background" out.',
    );
  }
  for (const name of STORED) {
    if (members[name])
      throw invalidField(
        `/${name}`,
        `"${name}" names what is kept at the provider, which all share here. Send the whole conversation in "input" instead.`,
      );
  }
  refuseKept(body, route.protocol);
  const hidesUsage = route.asksForUsage && members.stream?.value === true && !asksForUsage(envelope);
  const includeUsage = route.asksForUsage && members.stream?.value === true ? true : undefined;
  return {
    model: members.model.value,
    hidesUsage,
    demand: demandOf(route, envelope, body.length),
    bodyFor(target, outputTokens) {
      refuseDearer(envelope, target);
      return rewrite(body, envelope, {
        model: target.upstreamModel ?? undefined,
        includeUsage,
        counts: boundedOutput(route.protocol, envelope, target, outputTokens),
      });
    },
  };
}

/** A tier that costs more than the model's price would be charged, and held to its limits, at less than it costs. */
function refuseDearer({ members }: Envelope, { prices }: Target): void {
  const tier = members.service_tier?.value ?? null;
  if (tier === null || prices === null || PRICED_TIERS.has(tier)) return;
  throw invalidField(
    '/service_tier',
    `"service_tier" may be ${[...PRICED_TIERS].join(', ')} here: another tier does not cost this model's price. Choose one of them, or leave it out.`,
  );
}

/** The most a call can use: no token is shorter than a byte; each of several answers may be as long as the maximum. */
function demandOf(route: ModelRoute, { members }: Envelope, bytes: number): Demand {
  if (route.billing === 'free') return NO_DEMAND;
  const inputTokens = mostInputTokens(bytes);
  const copies = Math.max(1, members.n?.value ?? 1, members.best_of?.value ?? 1) * (members.prompt?.value ?? 1);
  if (route.billing === 'reported') return { inputTokens, outputTokens: 'unknown', copies, cost: 'unknown' };
  const names = OUTPUT_MEMBERS[route.protocol];
  return { inputTokens, outputTokens: names ? namedOutput(names, members) : 0, copies, cost: 'tokens' };
}

/** A maximum of 0 means no maximum to some servers. */
function namedOutput(names: readonly CountName[], members: Envelope['members']): Demand['outputTokens'] {
  const given = names.map((name) => members[name]?.value ?? null).filter((count) => count !== null);
  if (given.length === 0) return null;
  return given.includes(0) ? 'unknown' : Math.max(...given);
}

/** Holds a call to its resource's maximum output: refused above it; set where an endpoint has one and the client named none. */
function boundedOutput(
  protocol: WireProtocol,
  envelope: Envelope,
  target: Target,
  granted: number | null,
): Partial<Record<CountName, number>> | undefined {
  const names = OUTPUT_MEMBERS[protocol];
  const most = target.maxOutputTokens ?? Infinity;
  const set = granted ?? (target.resource.type === 'endpoint' ? target.maxOutputTokens : null);
  if (!names) return undefined;
  let named = false;
  for (const name of names) {
    const given = envelope.members[name]?.value ?? null;
    if (given === null) continue;
    named = true;
    if (given > most)
      throw invalidField(
        `/${name}`,
        `"${name}" is ${given}; this model gives at most ${most} tokens. Send ${most} or less.`,
      );
  }
  // OpenAI's own newer models refuse the older name, and other servers may not know the newer one.
  const member = target.provider.baseUrl.startsWith('https://api.openai.com') ? names[0] : names.at(-1);
  return named || !member || set === null ? undefined : { [member]: set };
}

function multipartCall(body: Buffer, contentType: string): ModelCall {
  const model = multipartModel(body, contentType);
  if (model === null) throw invalidField('/model', 'The form names no model. Send a "model" field.');
  return {
    model,
    hidesUsage: false,
    demand: { inputTokens: mostInputTokens(body.length), outputTokens: 'unknown', copies: 1, cost: 'unknown' },
    bodyFor: ({ upstreamModel }) =>
      upstreamModel === null || upstreamModel === model ? body : rewriteMultipart(body, contentType, upstreamModel),
  };
}
