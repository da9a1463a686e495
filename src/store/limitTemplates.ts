import type { Kysely, Transaction } from 'kysely';
import { Fault } from '../core/fault.ts';
import { MOST_TEMPLATES } from '../core/limit.ts';
import type { LimitStore } from '../core/limitStore.ts';
import type { Engine } from './engine.ts';
import { readLimits } from './limitReads.ts';
import { applied, limitToRow, TEMPLATE } from './limitRow.ts';
import { refused } from './limitConflict.ts';
import { locked } from './locks.ts';
import { dropCounters, recount } from './recount.ts';
import type { LimitTemplatesTable, Tables } from './schema.ts';

type Templates = Pick<
  LimitStore,
  'createTemplate' | 'getTemplate' | 'listTemplates' | 'countTemplateKeys' | 'renameTemplate' | 'removeTemplate'
>;

/** Named sets of limits. A limit of a template counts for each key that refers to it, apart. */
export function createLimitTemplates(engine: Engine): Templates {
  const { db } = engine;
  return {
    async createTemplate(template, limits) {
      try {
        const { accountId: id, createdAtMs } = template;
        await locked(engine, [{ type: 'account', id }], createdAtMs, async (transaction) => {
          // Counted under the lock: two that come at once must not both find the last place.
          const { count } = await transaction
            .selectFrom('limit_templates')
            .select(({ fn }) => fn.countAll<number>().as('count'))
            .where('account_id', '=', id)
            .executeTakeFirstOrThrow();
          if (count >= MOST_TEMPLATES)
            throw new Fault('conflict', `An account has ${MOST_TEMPLATES} limit templates at most. Delete one first.`);
          await transaction
            .insertInto('limit_templates')
            .values(TEMPLATE.toRow(template) as unknown as LimitTemplatesTable)
            .execute();
          if (limits.length > 0) await transaction.insertInto('limits').values(limits.map(limitToRow)).execute();
        });
      } catch (error) {
        throw refused(error, undefined);
      }
    },

    async getTemplate(id) {
      const row = await db.selectFrom('limit_templates').selectAll().where('id', '=', id).executeTakeFirst();
      return row && TEMPLATE.fromRow({ ...row });
    },

    async listTemplates(accountId) {
      const rows = await db
        .selectFrom('limit_templates')
        .selectAll()
        .where('account_id', '=', accountId)
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map((row) => TEMPLATE.fromRow({ ...row }));
    },

    async countTemplateKeys(ids) {
      if (ids.length === 0) return new Map();
      const rows = await db
        .selectFrom('keys')
        .select((eb) => [eb.ref('limit_template_id').$notNull().as('id'), eb.fn.countAll().as('count')])
        .where('limit_template_id', 'in', ids)
        .where('deleted_at_ms', 'is', null)
        .groupBy('limit_template_id')
        .execute();
      const counts = new Map(rows.map(({ id, count }) => [id, Number(count)]));
      return new Map(ids.map((id) => [id, counts.get(id) ?? 0]));
    },

    async renameTemplate(id, name) {
      const row = await db
        .updateTable('limit_templates')
        .set({ name })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      return row && TEMPLATE.fromRow({ ...row });
    },

    removeTemplate(id) {
      return locked(engine, [{ type: 'template', id }], 0, async (transaction) => {
        const keys = (await keysOfTemplate(transaction, id)).length;
        if (keys > 0)
          throw new Fault(
            'conflict',
            `${keys === 1 ? 'One key refers' : `${keys} keys refer`} to this template. Give them another one first.`,
          );
        const limits = await readLimits(transaction, [{ type: 'template', id }]);
        await dropCounters(
          engine.name,
          transaction,
          limits.map((limit) => limit.id),
        );
        await transaction
          .deleteFrom('limits')
          .where('subject_type', '=', 'template')
          .where('subject_id', '=', id)
          .execute();
        // Those that are left are deleted keys, which make no calls.
        await transaction
          .updateTable('keys')
          .set({ limit_template_id: null })
          .where('limit_template_id', '=', id)
          .execute();
        const { numDeletedRows } = await transaction
          .deleteFrom('limit_templates')
          .where('id', '=', id)
          .executeTakeFirst();
        return numDeletedRows > 0n;
      });
    },
  };
}

/** The keys that refer to a template, deleted ones left out. */
export function keysOfTemplate(db: Kysely<Tables>, id: string): Promise<{ id: string; limits_since_ms: number }[]> {
  return db
    .selectFrom('keys')
    .select(['id', 'limits_since_ms'])
    .where('limit_template_id', '=', id)
    .where('deleted_at_ms', 'is', null)
    .orderBy('id')
    .execute();
}

/**
 * Gives a key another template, or none: the limits of the old one count no more for it, and toward those of the new one
 * counts what the key has used in the windows that are open. Runs `write`, which changes the key's row, in between.
 */
export async function moveToTemplate<T>(
  engine: Engine,
  keyId: string,
  templateId: string | null,
  nowMs: number,
  write: (transaction: Transaction<Tables>) => Promise<T | undefined>,
): Promise<T | undefined> {
  const subjects = [
    { type: 'key', id: keyId } as const,
    ...(templateId === null ? [] : [{ type: 'template', id: templateId } as const]),
  ];
  return locked(engine, subjects, nowMs, async (transaction, atMs) => {
    const before = await transaction
      .selectFrom('keys')
      .select(['account_id', 'limit_template_id', 'limits_since_ms'])
      .where('id', '=', keyId)
      .executeTakeFirst();
    const written = await write(transaction);
    if (!before || written === undefined || before.limit_template_id === templateId) return written;
    const limitsOf = (id: string | null) =>
      id === null ? Promise.resolve([]) : readLimits(transaction, [{ type: 'template', id }]);
    const old = await limitsOf(before.limit_template_id);
    await dropCounters(
      engine.name,
      transaction,
      old.map(({ id }) => id),
      keyId,
    );
    const limits = (await limitsOf(templateId)).map((limit) => ({
      applied: applied(limit, 'key', keyId, before.limits_since_ms),
      accountId: before.account_id,
    }));
    await recount(engine.name, transaction, limits, atMs);
    return written;
  });
}
