import { z } from 'zod';
import { DENIALS, type Denial } from '../../../core/denial.ts';
import { canonicalAddress } from '../../../core/network.ts';
import { formatMoney } from '../../../core/price.ts';
import { NO_DEMAND } from '../../../service/bound.ts';
import type { ExplainedLimit, Explanation, Question, StepName } from '../../../service/explain.ts';
import { momentIn, momentOut, toMoment, toMomentOrNull } from './fields.ts';
import { limitOut, toLimitOut } from './limits.ts';

export const explainBody = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .max(250)
      .exactOptional()
      .describe('The name it is called by: a model’s, or an endpoint’s `ep-…`.'),
    service: z.string().min(1).max(250).exactOptional().describe('Name of a service.'),
    method: z.string().min(1).max(40).exactOptional().describe('Of the call to the service. Default `POST`.'),
    ip: z
      .string()
      .max(100)
      .transform((text, context) => {
        const address = canonicalAddress(text);
        if (address !== null) return address;
        const message = 'This must be one IPv4 or IPv6 address, without port or zone, like 203.0.113.7.';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      })
      .exactOptional()
      .describe('Where the call comes from; needed for keys with address lists.'),
    inputTokens: z.int().min(0).max(100_000_000).default(0).describe('Tokens of the input.'),
    maxTokens: z
      .int()
      .min(0)
      .max(100_000_000)
      .exactOptional()
      .describe(
        'The most output asked for; 0 for calls without any, such as embeddings. Left out: as a call that names none.',
      ),
    at: momentIn.exactOptional().describe('When the call is made. Default: now.'),
  })
  .superRefine(({ model, service, method }, context) => {
    const issue = (field: string, message: string) => context.addIssue({ code: 'custom', message, path: [field] });
    if (model !== undefined && service !== undefined)
      issue('service', 'A call is of a model or of a service. Leave one out.');
    if (method !== undefined && service === undefined)
      issue('method', 'Only calls of a service have one. Name the `service`.');
  });

export function toQuestion(body: z.output<typeof explainBody>): Question {
  const { model, service, method = 'POST', ip = null, inputTokens, maxTokens = null, at = null } = body;
  const rest = { address: ip, atMs: at };
  if (model !== undefined) {
    const demand = { inputTokens, outputTokens: maxTokens, copies: 1, cost: 'tokens' } as const;
    return { ask: { kind: 'model', name: model }, demand, ...rest };
  }
  const ask =
    service === undefined ? ({ kind: 'list' } as const) : ({ kind: 'service', name: service, method } as const);
  return { ask, demand: NO_DEMAND, ...rest };
}

const STEPS = ['class', 'status', 'account', 'expiry', 'address', 'scope', 'group', 'limits'] as const;

export const explanationOut = z
  .object({
    allowed: z.boolean(),
    code: z.string().describe('`valid`, or the code of the refusal: the first step that does not pass.'),
    status: z.int().describe('What the gateway would answer; 200: it would pass the call on.'),
    at: momentOut,
    resource: z
      .object({ type: z.enum(['model', 'endpoint', 'service']), id: z.string(), name: z.string() })
      .nullable()
      .describe('What the name stands for; null: nothing was named, or there is no such thing here.'),
    maxTokens: z
      .int()
      .nullable()
      .describe('The most output the call would be admitted with, lowered where it named none and the rest is short.'),
    freesAt: momentOut
      .nullable()
      .describe('When all limits would admit it if nothing else happened; null: now, or not by themselves.'),
    steps: z
      .array(
        z.object({
          name: z.enum(STEPS),
          passed: z.boolean().nullable().describe('Null: not decided, because there is no such model or service.'),
          code: z.string().nullable(),
          detail: z.string().nullable().describe('What the caller of the gateway would read.'),
          fix: z.string().nullable().describe('What to do about it.'),
        }),
      )
      .describe('Every check in its order, also those behind the one that refuses first.'),
    limits: z
      .array(
        limitOut.extend({
          need: z.union([z.int(), z.string()]).nullable().describe('The most the call can use; null: not known.'),
          fits: z.boolean().nullable(),
        }),
      )
      .describe('All that apply, as they stood before the call.'),
  })
  .meta({ id: 'Explanation', description: 'The whole decision about a call that was not made.' });

export function toExplanationOut(
  explanation: Explanation,
  keyId: string,
  hasAddress: boolean,
): z.output<typeof explanationOut> {
  const { atMs, denial, steps, limitDenial, limits, target, outputTokens, freesAtMs } = explanation;
  const tight = limits.find(({ fits }) => fits === false);
  return {
    allowed: denial === null,
    code: denial?.code ?? 'valid',
    status: denial ? DENIALS[denial.code].status : 200,
    at: toMoment(atMs),
    resource: target && { ...target.resource, name: target.name },
    maxTokens: outputTokens,
    freesAt: toMomentOrNull(freesAtMs),
    steps: [
      ...steps.map(({ name, denial: refusal }) =>
        stepOut(
          name,
          refusal,
          name === 'address' && !hasAddress ? 'Send the address it comes from as `ip`.' : FIXES[name](keyId),
        ),
      ),
      stepOut('limits', limitDenial, limitFix(limitDenial, tight)),
    ],
    limits: limits.map((limit) => limitStep(limit, atMs)),
  };
}

const FIXES: Record<StepName, (keyId: string) => string> = {
  class: () => 'Use a standard key for models and services; this one opens the management API.',
  status: (id) => `Enable it: POST /keys/${id}/enable.`,
  account: () => 'Only the operator lifts the suspension of an account.',
  expiry: (id) => `Give it a later \`expiresAt\`, or null: PATCH /keys/${id}.`,
  address: (id) => `Put the address into \`ipAllow\`, or take it out of \`ipDeny\`: PATCH /keys/${id}.`,
  scope: (id) => `Check the name; if it is right, put it into \`scope\`: PATCH /keys/${id}.`,
  group: (id) => `Put the key into a group that opens it (\`groupId\`): PATCH /keys/${id}.`,
};

type Step = z.output<typeof explanationOut>['steps'][number];

function stepOut(name: Step['name'], denial: Denial | null | undefined, fix: string): Step {
  if (!denial) return { name, passed: denial === null ? true : null, code: null, detail: null, fix: null };
  return { name, passed: false, code: denial.code, detail: denial.message, fix };
}

function limitFix(denial: Denial | null | undefined, tight: ExplainedLimit | undefined): string {
  if (denial?.code === 'price_unknown') return 'Set the price of the model: PATCH /models/{id}.';
  if (denial?.code === 'concurrency_exceeded') return 'Wait for a call to end, or raise the limit: PATCH /limits/{id}.';
  const id = tight?.limit.id ?? '{id}';
  return `Wait until \`freesAt\`, ask for less, raise the limit (PATCH /limits/${id}) or start it anew (POST /limits/${id}/reset).`;
}

function limitStep(limit: ExplainedLimit, atMs: number): z.output<typeof explanationOut>['limits'][number] {
  const { need, fits } = limit;
  const shown = need === null ? null : limit.limit.unit === 'cost' ? formatMoney(need) : Number(need);
  return { ...toLimitOut(limit, atMs), need: shown, fits };
}
