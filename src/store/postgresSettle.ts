import { sql, type RawBuilder } from 'kysely';
import { LEDGER_COLUMNS, LEDGER_NAMES } from './ledgerRow.ts';

const GIVEN = LEDGER_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
const WRITTEN = LEDGER_COLUMNS.map(({ name }) =>
  name === 'started_at_ms' ? 'held.started_at_ms' : `batch.${name}`,
).join(', ');
const MOST = '9223372036854775807';

/**
 * Moves counters by `moved` (limit, subject, slot, what was used, what was held), which holds the takes of calls that
 * end here. Locked in one order, as every transaction locks them; counters whose limit is gone are passed over.
 */
const MOVE = `locked as materialized (
    select counters.limit_id, counters.subject_id, counters.slot_ms, moved.used, moved.amount
    from counters join moved using (limit_id, subject_id, slot_ms)
    order by counters.limit_id, counters.subject_id, counters.slot_ms for update of counters),
  counted as (
    update counters set settled = least(counters.settled + locked.used, ${MOST})::bigint,
      reserved = (counters.reserved - locked.amount)::bigint
    from locked where counters.limit_id = locked.limit_id and counters.subject_id = locked.subject_id
      and counters.slot_ms = locked.slot_ms)`;

const TAKEN = `taken as materialized (
    select ready.id, take ->> 0 as limit_id, take ->> 1 as subject_id, (take ->> 2)::bigint as slot_ms,
      (take ->> 3)::bigint as amount, take ->> 4 as unit
    from ready cross join json_array_elements(ready.takes::json) as take)`;

/**
 * Locks the reservations of these calls that nobody else holds, for the statement that follows. It has to be a statement
 * of its own: what waited for a lock reads the reservation as it is then, but counters as they were before.
 */
export function lockText(idsLiteral: string): string {
  return `select set_config('keyward.free', coalesce(string_agg(id, ','), ''), true) from (
    select id from reservations where id = any (array(select json_array_elements_text(${idsLiteral}::json)))
    order by id for update skip locked) as one`;
}

/**
 * Settles the calls of ledger rows (one JSON parameter) whose reservation is locked and that used no more than was
 * reserved. Answers their ids, and those of the others that have a reservation.
 */
export const SETTLE = `with batch as materialized (select * from json_to_recordset($1::json) as given (${GIVEN})),
  ready as materialized (
    select reservations.id, reservations.started_at_ms, reservations.takes from reservations join batch using (id)
    where reservations.id = any (string_to_array(current_setting('keyward.free'), ','))),
  ${TAKEN},
  least_taken as materialized (
    select id, min(amount) filter (where unit = 'tokens') as tokens, min(amount) filter (where unit = 'cost') as cost_nano
    from taken group by id),
  held as materialized (
    select batch.id, ready.started_at_ms, batch.charged_tokens, batch.charged_cost_nano
    from batch join ready using (id) left join least_taken using (id)
    where not coalesce(batch.charged_tokens > least_taken.tokens or batch.charged_cost_nano > least_taken.cost_nano, false)),
  gone as (delete from reservations using held where reservations.id = held.id),
  written as (insert into ledger (${LEDGER_NAMES}) select ${WRITTEN} from batch join held using (id) order by batch.id),
  moved as materialized (
    select limit_id, subject_id, slot_ms, sum(amount) as amount, sum(case unit
      when 'requests' then 1 when 'tokens' then charged_tokens when 'cost' then coalesce(charged_cost_nano, 0)
      else 0 end) as used
    from taken join held using (id) group by limit_id, subject_id, slot_ms),
  ${MOVE}
  select id, true as settled from held
  union all select id, false from reservations join batch using (id) where id not in (select id from held)`;

/** Locks reservations, as `lockText` does, but waits for them. */
export function lockCalls(ids: readonly string[]): RawBuilder<unknown> {
  return sql`select 1 from reservations where id = any (${[...ids]}::text[]) order by id for update`;
}

/** Deletes reservations that are locked and gives back what they hold. */
export function releaseSql(ids: readonly string[]): RawBuilder<unknown> {
  return sql`with ready as materialized (
      select id, takes from reservations where id = any (${[...ids]}::text[]) order by id for update),
    gone as (delete from reservations using ready where reservations.id = ready.id),
    ${sql.raw(TAKEN)},
    moved as materialized (
      select limit_id, subject_id, slot_ms, sum(amount) as amount, 0 as used from taken
      group by limit_id, subject_id, slot_ms),
    ${sql.raw(MOVE)}
    select 1`;
}
