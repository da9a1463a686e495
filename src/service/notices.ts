import type { Clock, NewId } from '../core/ambient.ts';
import type { Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { AppliedLimit, LimitState } from '../core/limit.ts';
import {
  dueExpiries,
  expiryOccasion,
  limitOccasion,
  passed,
  rotationOccasion,
  reachedBy,
  type DueRotation,
  type Notice,
  type Occasion,
  type Percent,
  type Reached,
} from '../core/notice.ts';
import type { NoticeStore, WebhookStore } from '../core/noticeStore.ts';
import type { PauseCause } from '../core/pauseCause.ts';
import type { AccountStore, ProjectStore } from '../core/ports.ts';
import type { Webhook } from '../core/webhook.ts';
import {
  accountSubject,
  expiryNotice,
  keySubject,
  limitNotice,
  noticeEntry,
  pausedNotice,
  projectSubject,
  rotationNotice,
  type NoticeSubject,
} from './noticeDraft.ts';

/**
 * Tells owners before something stops working. On the request's way use is only compared with what is in memory;
 * a notice is written afterwards, and a unique row decides that there is one, whatever happens on how many nodes.
 */
export interface Notices {
  /** Looks at limits after a settlement or a reservation. Cheap, and writes nothing by itself. */
  observe(states: readonly LimitState[]): void;
  /** Writes what `observe` has found. Called every second; what could not be written is kept. */
  flush(): Promise<void>;
  /** Notices of expiries and due rotations, and what is too old deleted in bounded steps. Called every minute. */
  sweep(nowMs: number): Promise<void>;
  /** One more, of a webhook that was paused because it fails. */
  webhookPaused(webhook: Webhook, cause: PauseCause): Promise<void>;
  /** Ends a sweep that is under way and writes what is waiting. */
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
/** How long notices are kept. */
const KEPT_MS = 90 * DAY_MS;
/** How long deliveries are kept, and tried again once their webhook is resumed. */
const DELIVERIES_KEPT_MS = 30 * DAY_MS;
/** Marks outlive their occasion by this, for nodes that are late. */
const MARKS_KEPT_MS = DAY_MS;
/** Most rows that one sweep deletes of each kind. */
const MOST_PRUNED = 1000;
const PAGE = 200;

/** Most notices waiting to be written. More are found again with the next use. */
const MOST_WAITING = 10_000;
/** Most limits remembered. Past that all are forgotten: then the rows of their notices are looked for once more. */
const MOST_REACHED = 100_000;

interface Found {
  readonly state: LimitState;
  readonly percent: Percent;
  readonly occasion: Occasion;
  readonly atMs: number;
}

export function createNotices(options: {
  notices: NoticeStore;
  webhooks: Pick<WebhookStore, 'pruneDeliveries'>;
  keys: Pick<KeyStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  accounts: Pick<AccountStore, 'get'>;
  clock: Clock;
  newId: NewId;
  /** Called when there may be something to deliver. */
  onRecorded?: () => void;
}): Notices {
  const { notices, webhooks, keys, projects, accounts, clock, newId, onRecorded } = options;
  const reached = new Map<string, Reached>();
  const waiting = new Map<string, Found>();
  let writing: Promise<void> = Promise.resolve();
  let sweeping: Promise<void> = Promise.resolve();
  let stopped = false;

  async function record(notice: Notice, occasion: Occasion): Promise<void> {
    if (await notices.record(noticeEntry(notice, occasion), () => newId('msg'))) onRecorded?.();
  }

  async function subjectOf({ subjectType, subjectId }: AppliedLimit): Promise<NoticeSubject | undefined> {
    if (subjectType === 'key') {
      const key = await keys.get(subjectId);
      return key && keySubject(key);
    }
    if (subjectType === 'project') {
      const project = await projects.get(subjectId);
      return project && projectSubject(project);
    }
    const account = await accounts.get(subjectId);
    return account && accountSubject(account);
  }

  async function write(): Promise<void> {
    while (waiting.size > 0) {
      const batch = await withSubjects([...waiting.values()].slice(0, PAGE));
      const known = await notices.marked(
        batch.map(({ found, subject }) => ({ accountId: subject.accountId, mark: found.occasion.mark })),
      );
      for (const { found, subject } of batch) {
        const { occasion, state, percent, atMs } = found;
        if (!known.has(occasion.mark)) await record(limitNotice(newId('ntc'), subject, state, percent, atMs), occasion);
        waiting.delete(occasion.mark);
      }
    }
  }

  /** What is not there any more needs no notice. */
  async function withSubjects(all: readonly Found[]): Promise<{ found: Found; subject: NoticeSubject }[]> {
    const batch: { found: Found; subject: NoticeSubject }[] = [];
    for (const found of all) {
      const subject = await subjectOf(found.state.applied);
      if (subject) batch.push({ found, subject });
      else waiting.delete(found.occasion.mark);
    }
    return batch;
  }

  async function sweepExpiries(nowMs: number): Promise<void> {
    for (const span of dueExpiries(nowMs)) {
      let page: Key[] = [];
      do {
        page = await notices.expiring(span, PAGE, page.at(-1));
        for (const key of page) {
          if (key.expiresAtMs === null) continue;
          if (stopped) return;
          const notice = expiryNotice(newId('ntc'), key, key.expiresAtMs, span.days, nowMs);
          await record(notice, expiryOccasion(key, key.expiresAtMs, span.days));
        }
      } while (page.length === PAGE);
    }
  }

  async function sweepRotations(nowMs: number): Promise<void> {
    let page: DueRotation[] = [];
    do {
      page = await notices.rotationsDue(nowMs, PAGE);
      for (const due of page) {
        if (stopped) return;
        await record(rotationNotice(newId('ntc'), due, nowMs), rotationOccasion(due));
      }
    } while (page.length === PAGE);
  }

  async function sweep(nowMs: number): Promise<void> {
    await sweepExpiries(nowMs);
    await sweepRotations(nowMs);
    if (stopped) return;
    await notices.prune({ notices: nowMs - KEPT_MS, marks: nowMs - MARKS_KEPT_MS }, MOST_PRUNED);
    await webhooks.pruneDeliveries(nowMs - DELIVERIES_KEPT_MS, MOST_PRUNED);
  }

  function flush(): Promise<void> {
    // One after the other: the last one, at the stop, returns when an earlier one has ended too.
    writing = writing.catch(() => undefined).then(write);
    return writing;
  }

  return {
    observe(states) {
      for (const state of states) {
        const now = reachedBy(state);
        if (now.percent === 0) continue;
        const name = `${state.applied.limit.id} ${state.applied.subjectId}`;
        const percents = passed(reached.get(name), now);
        if (percents.length === 0 || waiting.size >= MOST_WAITING) continue;
        if (reached.size >= MOST_REACHED) reached.clear();
        reached.set(name, now);
        for (const percent of percents) {
          const occasion = limitOccasion(state, percent);
          waiting.set(occasion.mark, { state, percent, occasion, atMs: clock() });
        }
      }
    },
    flush,
    sweep(nowMs) {
      sweeping = sweep(nowMs);
      return sweeping;
    },
    async webhookPaused(webhook, cause) {
      const notice = pausedNotice(newId('ntc'), webhook, cause, clock());
      await record(notice, { mark: `paused ${webhook.id} ${notice.createdAtMs}`, endsAtMs: notice.createdAtMs });
    },
    async stop() {
      stopped = true;
      await sweeping.catch(() => undefined);
      await flush();
    },
  };
}
