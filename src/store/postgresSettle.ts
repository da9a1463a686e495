import { sql, type RawBuilder } from 'kysely';
import { LEDGER_COLUMNS, LEDGER_NAMES } from './ledgerRow.ts';

const GIVEN = LEDGER_COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ');
const WRITTEN = LEDGER_COLUMNS.map(({ name }) =>
  ['started_at_ms', 'charged_tokens', 'charged_cost_nano'].includes(name) ? `held.${name}` : `batch.${name}`,
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
 * Settles the calls of ledger rows (one JSON parameter) that have a reservation, and answers their ids, and the takes
 * of those that used more than was reserved, beyond which nothing is charged here. A reservation is
 * exchanged once: whoever deletes it first writes the row, and others, whom the lock made wait, find it gone.
 */
export const SETTLE = `with batch as materialized (select * from json_to_recordset($1::json) as given (${GIVEN})),
  ready as materialized (
    select reservations.id, reservations.started_at_ms, reservations.takes from reservations join batch using (id)
    order by reservations.id for update of reservations),
  gone as (delete from reservations using ready where reservations.id = ready.id),
  ${TAKEN},
  least_taken as materialized (
    select id, min(amount) filter (where unit = 'tokens') as tokens, min(amount) filter (where unit = 'cost') as cost_nano
    from taken group by id),
  held as materialized (
    select batch.id, ready.started_at_ms, least(batch.charged_tokens, least_taken.tokens) as charged_tokens,
      case when batch.charged_cost_nano is null then null
        else least(batch.charged_cost_nano, least_taken.cost_nano) end as charged_cost_nano
    from batch join ready using (id) left join least_taken using (id)),
  written as (insert into ledger (${LEDGER_NAMES}) select ${WRITTEN} from batch join held using (id) order by batch.id),
  moved as materialized (
    select limit_id, subject_id, slot_ms, sum(amount) as amount, sum(least(amount, case unit
      when 'requests' then 1 when 'tokens' then charged_tokens when 'cost' then coalesce(charged_cost_nano, 0)
      else 0 end)) as used
    from taken join held using (id) group by limit_id, subject_id, slot_ms),
  ${MOVE}
  select id, case when batch.charged_tokens > held.charged_tokens
    or batch.charged_cost_nano > held.charged_cost_nano then ready.takes end as beyond
  from batch join held using (id) join ready using (id)`;

/** Deletes reservations and gives back what they hold. */
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
