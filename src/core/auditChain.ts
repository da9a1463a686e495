import { GENESIS } from './audit.ts';

/** Where the chain of rows ends. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** What a check of the whole log found. `seq`: the first row that is not as it was written. */
export type AuditCheck =
  | { readonly ok: true; readonly events: number; readonly head: AuditHead }
  | { readonly ok: false; readonly seq: number; readonly problem: AuditProblem };

/**
 * `missing`: rows were removed from the middle. `changed`: a row says something else than was written, or was not
 * written by this server. `unlinked`: it does not follow the row before it. `truncated`: rows at the end are gone.
 * `head`: the note of where the chain ends is gone, was changed, or is not that of the last row.
 */
export type AuditProblem = 'missing' | 'changed' | 'unlinked' | 'truncated' | 'head';

/** What the check has to know of a row. `genuine`: its hash is that of its content. */
export interface Link {
  readonly seq: number;
  readonly previous: string;
  readonly hash: string;
  readonly genuine: boolean;
}

/** Walks the rows in their order. `follow` answers what is wrong with the next one; undefined: nothing. */
export function createChainWalk(): {
  readonly last: AuditHead;
  follow(link: Link): AuditCheck | undefined;
  end(head: AuditHead | null): AuditCheck;
} {
  let last: AuditHead = { seq: 0, hash: GENESIS };
  const broken = (seq: number, problem: AuditProblem): AuditCheck => ({ ok: false, seq, problem });
  return {
    get last() {
      return last;
    },
    follow({ seq, previous, hash, genuine }) {
      if (seq !== last.seq + 1) return broken(last.seq + 1, 'missing');
      if (!genuine) return broken(seq, 'changed');
      if (previous !== last.hash) return broken(seq, 'unlinked');
      last = { seq, hash };
      return undefined;
    },
    end(head) {
      if (head === null) return last.seq === 0 ? { ok: true, events: 0, head: last } : broken(last.seq, 'head');
      if (head.seq > last.seq) return broken(last.seq + 1, 'truncated');
      if (head.seq < last.seq) return broken(head.seq + 1, 'head');
      return head.hash === last.hash ? { ok: true, events: last.seq, head: last } : broken(last.seq, 'head');
    },
  };
}
