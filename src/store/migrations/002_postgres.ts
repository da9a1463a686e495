/**
 * What Postgres does for a batch of calls where the asking node could not do it in one step. The decision itself is
 * taken by the node (core/allocate) between the two functions, in one transaction.
 */
export const POSTGRES_FUNCTIONS: readonly string[] = [
  // The time of all nodes, in one place, so that a test can set it.
  `create function keyward_now() returns bigint language sql volatile
   as $$ select (extract(epoch from clock_timestamp()) * 1000)::bigint $$`,

  // Locks what a batch is about and answers the limits that apply, their counters, and the time. Three kinds of locks,
  // each in one order on every node: of the node, shared (a release waits for reserves whose end it does not know; those
  // that wait themselves have a lock of their own), of the subjects, shared, so that nobody changes their limits
  // meanwhile, and of the counters of those that have limits. Where somebody is changing limits, it answers whose, unless it is to wait: no tenant waits for another's change.
  // Every statement sees what was committed before the locks it follows.
  `create function keyward_open(given json) returns json language plpgsql as $$
  declare
    keys_given text[] := array(select json_array_elements_text(given -> 'keys'));
    projects_given text[] := array(select json_array_elements_text(given -> 'projects'));
    accounts_given text[] := array(select json_array_elements_text(given -> 'accounts'));
    templates text[];
    limits_found text[];
    counted text[];
    now_ms bigint;
    waits boolean := given ->> 'waits';
    busy text[];
  begin
    perform pg_advisory_xact_lock_shared(hashtextextended(given ->> 'node', case when waits then 3 else 2 end));
    if waits then
      perform pg_advisory_xact_lock_shared(hashtextextended(id, 1)) from json_array_elements_text(given -> 'subjects') as id;
    else
      select array_agg(id) into busy from json_array_elements_text(given -> 'subjects') as id
        where not pg_try_advisory_xact_lock_shared(hashtextextended(id, 1));
      if busy is not null then
        return json_build_object('busy', busy);
      end if;
    end if;
    select array_agg(id) into templates from (
      select distinct limit_template_id as id from keys
      where id = any (keys_given) and limit_template_id is not null order by 1) as one;
    if waits then
      perform pg_advisory_xact_lock_shared(hashtextextended(id, 1)) from unnest(templates) as id;
    else
      select array_agg(id) into busy from unnest(templates) as id
        where not pg_try_advisory_xact_lock_shared(hashtextextended(id, 1));
      if busy is not null then
        return json_build_object('busy', array(
          select id from keys where id = any (keys_given) and limit_template_id = any (busy)));
      end if;
    end if;
    select array_agg(distinct id) into limits_found from limits
      where (subject_type = 'key' and subject_id = any (keys_given))
      or (subject_type = 'template' and subject_id = any (templates))
      or (subject_type = 'project' and subject_id = any (projects_given))
      or (subject_type = 'account' and subject_id = any (accounts_given));
    if limits_found is null then
      return json_build_object('now', keyward_now());
    end if;
    select array_agg(id) into counted from (
      select subject_id as id from limits where id = any (limits_found) and subject_type <> 'template'
      union select keys.id from keys join limits on limits.subject_id = keys.limit_template_id
        where keys.id = any (keys_given) and limits.id = any (limits_found) and subject_type = 'template'
      order by 1) as one;
    perform pg_advisory_xact_lock(hashtextextended(id, 0)) from unnest(counted) as id;
    now_ms := keyward_now();
    return json_build_object(
      'now', now_ms,
      'keys', (select json_agg(json_build_array(id, limit_template_id, limits_since_ms)) from keys where id = any (keys_given)),
      'limits', (select json_agg(row_to_json(one)) from (
        select account_id, id, subject_type, subject_id, unit, amount::text as amount, window_kind, window_ms, window_period,
          window_zone, since_ms, created_at_ms
        from limits where id = any (limits_found) order by created_at_ms, id) as one),
      -- All slots of a limit and subject as one text: a rolling window has more than a hundred.
      'counters', (select json_agg(json_build_array(limit_id, subject_id, slots)) from (
        select limit_id, counters.subject_id, string_agg(slot_ms || ' ' || settled || ' ' || reserved, ' ') as slots
        from counters join limits on limits.id = counters.limit_id
        where limit_id = any (limits_found) and counters.subject_id = any (counted)
        -- Those of rolling windows and sessions that can still count; of the others there are few.
        and slot_ms >= case when window_kind in ('rolling', 'session') and unit <> 'concurrency'
          then now_ms - window_ms - window_ms / 100 - 1000 else 0 end
        group by limit_id, counters.subject_id) as one));
  end $$`,

  // Writes the reservations of a batch and what they take, in the order in which every transaction locks counters.
  `create function keyward_hold(calls json, takes json) returns void language plpgsql as $$
  begin
    insert into reservations (account_id, project_id, id, key_id, node_id, started_at_ms, call, takes)
      select c ->> 0, c ->> 1, c ->> 2, c ->> 3, c ->> 4, (c ->> 5)::bigint, c ->> 6, c ->> 7
      from json_array_elements(calls) as c;
    insert into counters (limit_id, subject_id, slot_ms, settled, reserved)
      select t ->> 0, t ->> 1, (t ->> 2)::bigint, 0, (t ->> 3)::bigint
      from json_array_elements(keyward_hold.takes) as t order by (t ->> 0) collate "C", (t ->> 1) collate "C", 3
      on conflict (limit_id, subject_id, slot_ms) do update set reserved = counters.reserved + excluded.reserved;
  end $$`,
];
