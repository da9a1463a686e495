import type { NewId } from '../core/ambient.ts';
import { Fault, type FieldError } from '../core/fault.ts';
import { MOST_LIMITS, type Limit, type LimitWindow, type Unit } from '../core/limit.ts';
import type { StoredLimit, SubjectRef } from '../core/limitStore.ts';

/** A limit as asked for. Concurrency has no window; it carries `lifetime`, which nothing reads. */
export interface LimitDraft {
  readonly unit: Unit;
  readonly amount: bigint;
  readonly window: LimitWindow;
}

/**
 * The limits of a subject that drafts become. A session counts from now on, the others what was used before too.
 * Limits are listed by age and then by id, so that these stay in the order they were given.
 */
export function limitsFrom(
  drafts: readonly LimitDraft[],
  subject: SubjectRef,
  accountId: string,
  { newId, nowMs }: { newId: NewId; nowMs: number },
): StoredLimit[] {
  const ids = drafts.map(() => newId('lim')).toSorted();
  return drafts.map(({ unit, amount, window }, index) => {
    const sinceMs = unit !== 'concurrency' && window.kind === 'session' ? nowMs : 0;
    return { id: ids[index] ?? newId('lim'), accountId, subject, unit, amount, window, sinceMs, createdAtMs: nowMs };
  });
}

/** What is wrong with limits given together: two that would count the same. */
export function limitErrors(drafts: readonly LimitDraft[], pointer: string): FieldError[] {
  const seen = new Map<string, number>();
  const errors: FieldError[] = [];
  for (const [index, draft] of drafts.entries()) {
    const first = seen.get(kindOf(draft));
    if (first === undefined) seen.set(kindOf(draft), index);
    else
      errors.push({
        pointer: `${pointer}/${index}`,
        detail: `Entry ${index + 1} has the unit and window of entry ${first + 1}. Keep the one that is meant.`,
      });
  }
  return errors;
}

/** Refuses a limit that its subject has no place for. */
export function refuseExtra(draft: LimitDraft, there: readonly StoredLimit[]): void {
  const same = there.find((limit) => kindOf(limit) === kindOf(draft));
  if (same)
    throw new Fault('conflict', `Limit ${same.id} has this unit and window already. Change its amount instead.`);
  if (there.length >= MOST_LIMITS) throw new Fault('conflict', `There can be ${MOST_LIMITS} limits here at most.`);
}

/** What a limit counts, and over what: the same for two limits of which one would be idle. */
function kindOf({ unit, window }: Pick<Limit, 'unit' | 'window'>): string {
  if (unit === 'concurrency') return unit;
  switch (window.kind) {
    case 'session':
    case 'rolling':
      return `${unit} ${window.kind} ${window.windowMs}`;
    case 'calendar':
      return `${unit} ${window.period} ${window.timeZone}`;
    case 'lifetime':
      return `${unit} lifetime`;
  }
}
