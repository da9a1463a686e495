import type { Kysely } from 'kysely';
import type { Snapshot } from '../core/auditDifference.ts';
import type { StoreParts } from '../core/ports.ts';
import type { Tables } from './schema.ts';

/** The parts of the store, all on one connection. */
export type Nouns = StoreParts;

/** What a rule sees the store through: the transaction of the change. */
export interface View {
  readonly nouns: Nouns;
  readonly db: Kysely<Tables>;
}

export type Seen = Promise<Snapshot | undefined>;
