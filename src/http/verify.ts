import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { endOf } from '../core/authorise.ts';
import type { Caller } from '../core/caller.ts';
import { afterCharge } from '../core/charged.ts';
import { DENIALS, type Denial } from '../core/denial.ts';
import { Fault, invalidField } from '../core/fault.ts';
import type { LimitState } from '../core/limit.ts';
import { canonicalAddress } from '../core/network.ts';
import { formatMoney, parseMoney } from '../core/price.ts';
import type { Admitted, Ask, Charged, Refused } from '../service/attempt.ts';
import { NO_DEMAND } from '../service/bound.ts';
import { unbilled } from '../service/settlement.ts';
import { askForBody, readBody } from './body.ts';
import { retryAfterSeconds } from './failure.ts';
import { attemptOf, respondDenial, respondError, wrongMethod } from './gateway.ts';
import { compileSchema } from './manage/reading.ts';
import { climbs } from './pathClimb.ts';
import type { GatewayOptions, Visit } from './visit.ts';

export interface VerifyOptions extends Pick<GatewayOptions, 'admission' | 'trust' | 'keyPrefix' | 'newId' | 'log'> {
  readonly identify: (value: string | null, address: string | null) => Promise<Caller | Denial>;
}

const ROUTE = 'verify';
const BODY_LIMIT = 64 * 1024;

/**
 * What a service asks about a key that its client presented. What comes from that client (`key`, names, `method`) may
 * be anything: it leads to a refusal, not to a fault that the service would have to handle apart.
 */
export const VerifyBody = z.strictObject({
  key: z.string().nullable().meta({
    description:
      'The key as the client presented it, without `Bearer`; for a user of a service `user:password`; null: it presented none.',
  }),
  ip: z
    .string()
    .optional()
    .meta({
      description: 'The end client’s address. Keys with address lists are refused without it.',
      examples: ['203.0.113.7'],
    }),
  resource: z
    .discriminatedUnion(
      'type',
      [
        z.strictObject({
          type: z.literal('model'),
          name: z.string().meta({ description: 'The name it is called by: a model’s, or an endpoint’s `ep-…`.' }),
        }),
        z.strictObject({
          type: z.literal('service'),
          name: z.string(),
          method: z.string().default('POST').meta({
            description: 'The client’s HTTP method: keys that may only read pass with GET, HEAD and OPTIONS.',
          }),
          path: z
            .string()
            .optional()
            .meta({
              description:
                'The path behind the service’s own address, as the client sent it: users limited to some paths are refused without it.',
              examples: ['/collections/a/points'],
            }),
        }),
      ],
      {
        error: (issue) =>
          issue.code === 'invalid_union'
            ? 'This must be `model` (endpoints too, by their name) or `service`.'
            : undefined,
      },
    )
    .optional()
    .meta({ description: 'What the client wants. Absent: only the key itself is checked.' }),
  cost: z
    .string()
    .refine((text) => parseMoney(text) !== null, {
      error: 'This must be a decimal in a string, like "0.002", below 10^9 and with at most 9 decimals.',
    })
    .optional()
    .meta({ description: 'What the call costs, recorded for the key if it is valid.', examples: ['0.002'] }),
  dryRun: z
    .boolean()
    .default(false)
    .meta({ description: 'Ask without a trace: nothing is recorded, used or counted.' }),
});
type Question = z.infer<typeof VerifyBody>;

const Amount = z.union([z.int(), z.string()]).meta({ description: 'Cost is a decimal in a string.' });

/** The answer: 200 for every well-formed question. All members are always there. */
export const VerifyAnswer = z.object({
  valid: z.boolean(),
  code: z.string().meta({ description: '`valid`, or the code of the refusal (docs/guide/errors.md).' }),
  status: z.int().meta({ description: '200, or the status to answer your client with.' }),
  message: z
    .string()
    .nullable()
    .meta({ description: 'One line for your client that says what to do; null when valid.' }),
  retryAfterSeconds: z.int().nullable().meta({ description: 'For `Retry-After`, where the status is 429.' }),
  requestId: z.string().meta({ description: 'Names this question in ledger and log.' }),
  key: z
    .object({
      id: z.string(),
      name: z.string(),
      accountId: z.string(),
      projectId: z.string().nullable(),
      environment: z.string().nullable(),
      parentKeyId: z.string().nullable().meta({ description: 'Of a temporary key: the key it was made from.' }),
      expiresAt: z.string().nullable(),
    })
    .nullable()
    .meta({ description: 'Whose key it is, in refusals too; null when it was not recognised.' }),
  resource: z
    .object({ type: z.enum(['model', 'endpoint', 'service']), id: z.string(), name: z.string() })
    .nullable()
    .meta({ description: 'What the name stood for; null when refused, or when none was named.' }),
  limits: z
    .array(
      z.object({
        id: z.string(),
        unit: z.enum(['requests', 'tokens', 'cost', 'concurrency']),
        amount: Amount,
        remaining: Amount,
        resetsAt: z.string().nullable().meta({ description: 'When use leaves the window by itself; null: never.' }),
      }),
    )
    .meta({
      description:
        'Where the limits stand that apply to the key, with this call counted if it was; empty when something else refuses.',
    }),
});

type Answer = z.infer<typeof VerifyAnswer>;

/** `POST /api/v1/keys/verify`: the gateway's decision for services that ask themselves. Needs a management key that reaches the key. */
export function createVerify(
  options: VerifyOptions,
): (request: IncomingMessage, response: ServerResponse, path: string, query: string) => void {
  return (request, response, path, query) => {
    const visit: Visit = { request, response, path, query, requestId: options.newId('req'), shape: 'problem' };
    verify(options, visit).catch((error: unknown) => respondError(options, visit, error));
  };
}

async function verify(options: VerifyOptions, visit: Visit): Promise<void> {
  const { request, response, requestId } = visit;
  const presented = attemptOf(options, visit, ROUTE);
  if (!('value' in presented)) return respondDenial(visit, presented);
  const caller = await options.identify(presented.value, presented.address);
  if ('ok' in caller) return respondDenial(visit, options.admission.refuse(presented, caller));
  if (request.method !== 'POST') throw wrongMethod(response, 'POST');
  askForBody(request, response);
  const question = read(await readBody(request, BODY_LIMIT, 'The question is larger than 64 KiB. Send less.'));
  const address = question.ip === undefined ? null : canonicalAddress(question.ip);
  if (question.ip !== undefined && address === null)
    throw invalidField('/ip', 'This must be one IPv4 or IPv6 address, without port or zone, like 203.0.113.7.');

  const attempt = { id: requestId, route: ROUTE, value: question.key, address, dryRun: question.dryRun, caller };
  const cost = question.cost === undefined ? 0n : (parseMoney(question.cost) ?? 0n);
  const result = { ...unbilled(ROUTE, 200), costNano: cost };
  const decision = await options.admission.charge(attempt, askOf(question), result, { ...NO_DEMAND, cost });
  const limits = limitsOf(decision).map(shownLimit);
  const body = JSON.stringify({ ...answer(decision, question), limits, requestId });
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': requestId,
  });
  response.end(body);
}

const check = compileSchema({ schema: VerifyBody, method: 'POST', url: ROUTE, httpPart: 'body' });

/** The question, or a fault that names every faulty field. */
function read(body: Buffer): Question {
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    throw new Fault('invalid_json', 'The body is not valid JSON.');
  }
  const checked = check(json) as { readonly value: Question } | { readonly error: Fault };
  if ('error' in checked) throw checked.error;
  return checked.value;
}

function askOf({ resource }: Question): Ask {
  if (!resource) return { kind: 'list' };
  return resource.type === 'model'
    ? { kind: 'model', name: resource.name }
    : { kind: 'service', name: resource.name, method: resource.method, path: plainPath(resource.path) };
}

/** Without its query; null where it climbs, in any spelling. */
function plainPath(given: string | undefined): string | null {
  const path = given?.split('?')[0] ?? null;
  return path === null || path.split('/').some(climbs) ? null : path;
}

function limitsOf(decision: Charged | Refused): readonly LimitState[] {
  if (decision.ok) return afterCharge(decision.limits, decision.takes, decision.row);
  return decision.standing?.limits ?? [];
}

function shownLimit({ applied: { limit }, remaining, freesAtMs }: LimitState): Answer['limits'][number] {
  const { id, unit, amount } = limit;
  const shown = (value: bigint) => (unit === 'cost' ? formatMoney(value) : Number(value));
  const resetsAt = freesAtMs === null ? null : new Date(freesAtMs).toISOString();
  return { id, unit, amount: shown(amount), remaining: shown(remaining), resetsAt };
}

function answer(decision: Admitted | Refused, question: Question): Omit<Answer, 'requestId' | 'limits'> {
  const key = shownKey(decision);
  if (decision.ok) {
    const { target } = decision;
    const resource = target && { ...target.resource, name: target.name };
    return { valid: true, code: 'valid', status: 200, message: null, retryAfterSeconds: null, key, resource };
  }
  const { code } = decision;
  const noAddress = code === 'ip_not_allowed' && question.ip === undefined;
  const message = noAddress
    ? 'This API key may be used from some addresses only. Send the end client’s address as `ip`.'
    : decision.message;
  return {
    valid: false,
    code,
    status: DENIALS[code].status,
    message,
    retryAfterSeconds: retryAfterSeconds(decision),
    key,
    resource: null,
  };
}

/** A deleted key is nobody's any more, and one of another region is nobody's here: no more is said of them than of an unknown one. */
function shownKey(decision: Admitted | Refused): Answer['key'] {
  const { record } = decision;
  if (!record || record.key.deletedAtMs !== null || record.elsewhere) return null;
  const { id, name, accountId, projectId, environment, parentKeyId } = record.key;
  const expiresAtMs = endOf(record);
  return {
    id,
    name,
    accountId,
    projectId,
    environment,
    parentKeyId,
    expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  };
}
