import { type KeyObject, verify } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AuditBy } from '../../core/audit.ts';
import { Fault } from '../../core/fault.ts';
import { leakRules } from '../../core/leakRules.ts';
import type { Finders } from '../../service/finders.ts';
import type { LeakIntake } from '../../service/leakIntake.ts';
import type { Api } from './api.ts';

/** Public keys of scanners by their identifiers. */
export type ScannerKeys = ReadonlyMap<string, KeyObject>;

/** The longest value there can be of a key. */
const LONGEST = 256;

/** What cannot be read of one entry is as if it were left out: the others wait for nobody’s mistake. */
const reported = z
  .object({
    token: z.string().catch('').describe('What was found.'),
    type: z.string().catch('').describe('Answered again.'),
    url: z.string().nullish().catch(null).describe('Where. The first 2000 characters are kept.'),
  })
  .catch({ token: '', type: '' });

const feedback = z.object({
  token_raw: z.string(),
  token_type: z.string(),
  label: z.enum(['true_positive', 'false_positive']).describe('Whether it is, or was, the value of a key.'),
});

/** What everybody may send: `/leak-scans`, `/found-keys`; and what scanners look for: `/key-pattern`. */
export function foundKeyRoutes(
  app: Api,
  deps: {
    intake: LeakIntake;
    finders: Finders;
    scannerKeys: ScannerKeys;
    keyPrefix: string;
    clientAddress: (request: FastifyRequest['raw']) => string | null;
    /** Runs changes on record, as the server’s own. */
    onRecord: <T>(operation: string, by: Pick<AuditBy, 'address' | 'requestId'>, work: () => T) => T;
  },
): void {
  const { intake, finders, scannerKeys, keyPrefix, clientAddress, onRecord } = deps;
  const tags = ['Leaks'];

  app.route({
    method: 'POST',
    url: '/leak-scans',
    config: { permission: 'public', keepsBody: true },
    preValidation: async (request) => {
      mustBeSigned(request, scannerKeys);
      if (request.bodyError) throw request.bodyError;
    },
    schema: {
      tags,
      operationId: 'reportScan',
      summary: 'Report keys that a scanner found',
      description:
        'For GitHub’s secret scanning and what speaks like it: an array of what was found, signed (ECDSA P-256, SHA-256, over the body as it is sent) by a key of `KEYWARD_SCANNER_KEYS`: `github-public-key-identifier` names it, `github-public-key-signature` holds the signature in base64. Without a good signature nothing is looked at (401). For a key that works a leak report is opened, and it is disabled unless its account says `notify`; of each value once, however often it is sent. An entry that makes no sense is a `false_positive`, and the others are looked at all the same.',
      security: [],
      body: z.array(reported).max(1000),
      response: { 200: z.array(feedback).describe('One for each that was sent.') },
    },
    handler: async (request) => {
      const found = request.body.map(({ token, url }) => ({ value: token, foundAt: url ?? null }));
      const labels = await onRecord('reportScan', byOf(request), () => intake.take(found, 'scanner'));
      return request.body.map(({ token, type }, at) => ({
        token_raw: token,
        token_type: type,
        label: labels[at] === true ? ('true_positive' as const) : ('false_positive' as const),
      }));
    },
  });

  app.route({
    method: 'POST',
    url: '/found-keys',
    config: { permission: 'public' },
    schema: {
      tags,
      operationId: 'reportFoundKey',
      summary: 'Say that you found a key',
      description:
        'For whoever finds a key of this server where it should not be. Send the whole key: part of one does nothing. The answer is the same for every text, so it does not tell whether it is a key; what is done comes after it, so you may send the key again. Its owner is told, and it is disabled unless their account says otherwise. At most 20 in an hour from one address (429).',
      security: [],
      body: z.strictObject({
        key: z.string().min(1).max(LONGEST).describe('The whole key.'),
        foundAt: z.string().max(500).exactOptional().describe('Where you found it. The owner reads this.'),
      }),
      response: { 202: z.object({ received: z.literal(true) }).describe('Thank you.') },
    },
    handler: async (request, reply) => {
      const { key, foundAt } = request.body;
      const by = byOf(request);
      onRecord('reportFoundKey', by, () => finders.submit({ value: key, foundAt: foundAt ?? null }, by.address));
      return reply.code(202).send({ received: true });
    },
  });

  const rules = leakRules(keyPrefix);
  app.route({
    method: 'GET',
    url: '/key-pattern',
    config: { permission: 'public' },
    schema: {
      tags,
      operationId: 'getKeyPattern',
      summary: 'Read what keys of this server look like',
      description: 'For scanners: the pattern of generated keys, and rules for Gitleaks and TruffleHog as files.',
      security: [],
      response: {
        200: z.object({
          prefix: z.string(),
          pattern: z.string().describe('RE2. It may gain lengths: look with it, and check no key by it.'),
          gitleaks: z.string().describe('A rule file, TOML.'),
          trufflehog: z.string().describe('A detector, YAML.'),
        }),
      },
    },
    handler: async () => ({ ...rules }),
  });

  function byOf(request: FastifyRequest): Pick<AuditBy, 'address' | 'requestId'> {
    return { address: clientAddress(request.raw), requestId: request.id };
  }
}

/** The same words whatever is wrong: who has no key of a scanner learns nothing here. */
function mustBeSigned({ headers, bodyText }: FastifyRequest, scannerKeys: ScannerKeys): void {
  const identifier = headers['github-public-key-identifier'];
  const signature = headers['github-public-key-signature'];
  const key = typeof identifier === 'string' ? scannerKeys.get(identifier) : undefined;
  if (key && typeof signature === 'string' && isSigned(bodyText, signature, key)) return;
  throw new Fault('unauthenticated', 'This is not signed by a scanner that this server knows.');
}

function isSigned(body: string, signature: string, key: KeyObject): boolean {
  try {
    return verify('sha256', Buffer.from(body), { key, dsaEncoding: 'der' }, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
