import type { FieldError } from './fault.ts';
import { looseKeyPattern } from './keyValue.ts';
import type { Page, PageQuery, Within } from './page.ts';

/** Where a value usually gets out (A20). */
export const LEAK_PLACES = ['logs', 'frontEnd', 'repository', 'screenshot'] as const;
export type LeakPlace = (typeof LEAK_PLACES)[number];

/** `open`: not looked at yet. `clear`: not there. `found`: it got out there, and the note says what was done. */
export type PlaceState = 'open' | 'clear' | 'found';
/** Of the use since then: `clear`: the owner’s own. `abnormal`: somebody else’s too. */
export type UseState = 'open' | 'clear' | 'abnormal';
/** `done`: by another key, or a new value. */
export type ReplacementState = 'open' | 'done' | 'notNeeded';

export interface Noted<T extends string> {
  readonly state: T;
  readonly note: string;
}

/** How it came to be known: somebody of the account, a scanner with a signature, or whoever had the whole key in hand. */
export type LeakOrigin = 'person' | 'scanner' | 'finder';

/** A value that somebody had in hand when its key had an open report. */
export interface LeakFind extends Pick<LeakReport, 'origin' | 'foundAt'> {
  readonly secretId: string;
  readonly atMs: number;
}

/** What to do about a key whose value got out, step by step, and how far it is. */
export interface LeakReport {
  readonly id: string;
  readonly accountId: string;
  readonly projectId: string | null;
  readonly keyId: string;
  /** The value that was reported; null: nobody showed it. A value is in one report ever, so that one sent again does nothing. */
  readonly secretId: string | null;
  /** Other values of the key that were reported while this was open, in order. */
  readonly finds: readonly LeakFind[];
  readonly origin: LeakOrigin;
  /** Where it was found, as who reported it wrote it; null: they did not say. */
  readonly foundAt: string | null;
  readonly status: 'open' | 'closed';
  /** Use from then on is suspect. */
  readonly sinceMs: number;
  readonly use: Noted<UseState>;
  /** `keyId`: of the key that took over; null: the key itself got a new value, or none did. */
  readonly replacement: { readonly state: ReplacementState; readonly keyId: string | null };
  readonly places: Readonly<Record<LeakPlace, Noted<PlaceState>>>;
  /** Why it was closed with steps left; null: none were. */
  readonly reason: string | null;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly closedBy: string | null;
  readonly closedAtMs: number | null;
}

/** `disabled`, `deleted`, or `replaced`: every value it had then has ended, and every temporary key made with them. Null: the value that got out may still work. */
export type Stopped = 'disabled' | 'deleted' | 'replaced' | null;

export type LeakChange = Partial<
  Pick<LeakReport, 'finds' | 'use' | 'replacement' | 'places' | 'status' | 'reason' | 'closedBy' | 'closedAtMs'>
>;

export interface LeakQuery extends PageQuery, Within {
  readonly keyId?: string;
  readonly status?: LeakReport['status'];
  readonly origin?: LeakOrigin;
}

export interface LeakStore {
  /**
   * Adds a report, unless its key has one that is open or its value ever had one: then false, and nothing is written. Of
   * any number of callers on any nodes one gets true.
   */
  create(report: LeakReport): Promise<boolean>;
  /** Notes another value in an open report. False, and nothing is written: it is closed, or the value is in a report already. */
  addFind(id: string, find: LeakFind): Promise<boolean>;
  get(id: string): Promise<LeakReport | undefined>;
  /** As `get`, and until the transaction ends nobody else changes it or its key. */
  hold(id: string): Promise<LeakReport | undefined>;
  openOf(keyId: string): Promise<LeakReport | undefined>;
  /** Newest first. */
  list(query: LeakQuery): Promise<Page<LeakReport>>;
  /** Undefined: there is none, or it is closed; a closed one stays as it was. */
  update(id: string, change: LeakChange, nowMs: number): Promise<LeakReport | undefined>;
}

/** What is left to do, as errors of the fields that say so. */
export function stepsLeft(report: LeakReport, stopped: Stopped): FieldError[] {
  const left: FieldError[] = [];
  if (stopped === null)
    left.push({
      pointer: '/stopped',
      detail:
        'The key still works. Disable it, delete it, or end the value that got out and the temporary keys made from it.',
    });
  if (report.use.state === 'open')
    left.push({ pointer: '/use', detail: 'Look at how it was used, and say whether that was `clear` or `abnormal`.' });
  if (report.replacement.state === 'open')
    left.push({ pointer: '/replacement', detail: 'Say what took its place, or that nothing has to (`notNeeded`).' });
  for (const place of LEAK_PLACES)
    if (report.places[place].state === 'open')
      left.push({ pointer: `/places/${place}`, detail: 'Look there, and say whether it is `clear` or was `found`.' });
  return left;
}

/** What another value that got out makes of a report: whatever was settled of the key itself is open again, and the notes stay. */
export function changeByFind(report: LeakReport, find: LeakFind): LeakChange {
  const { use, replacement } = report;
  return {
    finds: [...report.finds, find],
    use: { ...use, state: 'open' },
    replacement: replacement.keyId === null ? { state: 'open', keyId: null } : replacement,
  };
}

/** What was made later than this got out in none of its finds. */
export function lastFoundMs({ createdAtMs, finds }: LeakReport): number {
  return Math.max(createdAtMs, ...finds.map(({ atMs }) => atMs));
}

/**
 * A text that others wrote, without these values, without what may be a key of ours, whatever stands around it, and
 * without what is either when it is percent-decoded, however often: it is kept and shown.
 */
export function withoutKeys(text: string, prefix: string, values: readonly string[] = []): string {
  const parts = text.match(/%(?:25)*[0-9a-f]{2}|[^]/gi) ?? [];
  const meant = parts.map((part) => (part.length === 1 ? part : String.fromCharCode(parseInt(part.slice(-2), 16))));
  const whole = meant.join('');
  const spans = [...whole.matchAll(looseKeyPattern(prefix))].map(({ 0: found, index }) => ({
    at: index,
    end: index + found.length,
    mask: `${prefix}***`,
  }));
  for (const value of values.filter((one) => one !== ''))
    for (let at = whole.indexOf(value); at >= 0; at = whole.indexOf(value, at + 1))
      spans.push({ at, end: at + value.length, mask: value.startsWith(prefix) ? `${prefix}***` : '***' });
  let kept = '';
  let done = 0;
  for (const { at, end, mask } of spans.toSorted((one, other) => one.at - other.at)) {
    if (at >= done) kept += parts.slice(done, at).join('') + mask;
    done = Math.max(done, end);
  }
  return kept + parts.slice(done).join('');
}
