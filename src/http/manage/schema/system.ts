import { z } from 'zod';
import type { Regions } from '../../../core/region.ts';
import { PROMISED_MS, type SystemView } from '../../../service/system.ts';
import { momentOut, toMoment } from './fields.ts';

const milliseconds = z.number().min(0);

export const systemOut = z
  .object({
    version: z.string(),
    runtime: z.string().meta({ examples: ['Node 26.1.0'] }),
    startedAt: momentOut.describe('Of this node.'),
    ready: z.boolean().describe('As `/readyz` has it.'),
    reasons: z.array(z.string()).describe('Why this node is not ready; none: it is.'),
    store: z.object({
      engine: z.enum(['sqlite', 'postgres']),
      schema: z
        .string()
        .describe('The last step it has been through.')
        .meta({ examples: ['014_vouchedEmails'] }),
      checkMs: milliseconds.nullable().describe('What a write and a read took; null: they failed.'),
    }),
    nodes: z
      .array(
        z.object({
          id: z.string(),
          isHere: z.boolean().describe('Whether it is the one that answers.'),
          alive: z.boolean().describe('Whether it holds its lease.'),
          leaseUntil: momentOut
            .nullable()
            .describe('By the clock of the database; null: it shares the store with nobody.'),
        }),
      )
      .describe('Processes that share the store.'),
    revocation: z
      .object({
        promisedMs: milliseconds.describe('How long a change made on another node can be missed at most.'),
        boundMs: milliseconds.describe('What was seen of it in the last hour: `keyAgeMs` and `worstSweepMs` together.'),
        keyAgeMs: milliseconds.describe('For how long a key is decided by as it was read.'),
        sweepMs: milliseconds.describe('How often calls under way are looked at.'),
        worstSweepMs: milliseconds.describe('The longest that was between two looks at them in the last hour.'),
        worstSweepAt: momentOut.nullable(),
        catalogueAgeMs: milliseconds
          .nullable()
          .describe('How long ago the catalogue was read; null: nobody else changes it.'),
      })
      .describe(
        'How soon what is changed acts. What is changed on the node that decides acts on the very next request; so it does with one node alone, and then all but the looks are 0.',
      ),
    regions: z.object({ own: z.string().nullable(), all: z.array(z.object({ id: z.string(), baseUrl: z.string() })) }),
    counts: z.object({
      accounts: z.int(),
      projects: z.int(),
      keys: z.int().describe('Of every class, not deleted.'),
      users: z.int(),
    }),
    settings: z
      .array(
        z.object({
          name: z.string(),
          value: z.string().nullable().describe('Empty: none. Null: a secret.'),
          isSet: z.boolean(),
          isDefault: z.boolean(),
          doc: z.string(),
        }),
      )
      .describe('As they are in force on this node.'),
  })
  .meta({ id: 'System', description: 'How this node and its store stand.' });

export function toSystemOut(view: SystemView, { own, all }: Regions): z.output<typeof systemOut> {
  const { facts, engine, nodes, worstSweep, nowMs } = view;
  const isShared = engine === 'postgres';
  const here = { id: facts.nodeId, isHere: true, alive: view.holdsLease, leaseUntil: null };
  const worstSweepMs = Math.round(worstSweep?.gapMs ?? 0);
  return {
    version: facts.version,
    runtime: facts.runtime,
    startedAt: toMoment(facts.startedAtMs),
    ready: view.reasons.length === 0,
    reasons: [...view.reasons],
    store: { engine, schema: view.schema, checkMs: view.checkMs === null ? null : Math.round(view.checkMs) },
    nodes: isShared
      ? nodes.map(({ id, leaseUntilMs }) => ({
          id,
          isHere: id === facts.nodeId,
          alive: leaseUntilMs > nowMs,
          leaseUntil: toMoment(leaseUntilMs),
        }))
      : [here],
    revocation: {
      promisedMs: isShared ? PROMISED_MS : 0,
      boundMs: isShared ? facts.keyAgeMs + worstSweepMs : 0,
      keyAgeMs: facts.keyAgeMs,
      sweepMs: facts.sweepMs,
      worstSweepMs,
      worstSweepAt: worstSweep ? toMoment(worstSweep.atMs) : null,
      catalogueAgeMs: view.catalogueAgeMs === null ? null : Math.round(view.catalogueAgeMs),
    },
    regions: { own, all: all.map((region) => ({ ...region })) },
    counts: { ...view.counts },
    settings: facts.settings.map((one) => ({ ...one })),
  };
}
