import type { Page, PageQuery } from './page.ts';

export type QuotaStatus = 'pending' | 'approved' | 'rejected' | 'withdrawn';

/** Someone's request that their account may have more keys. */
export interface QuotaRequest {
  readonly id: string;
  readonly accountId: string;
  readonly status: QuotaStatus;
  /** The cap that is asked for, not the difference. */
  readonly amount: number;
  readonly reason: string;
  readonly askedBy: string;
  readonly createdAtMs: number;
  /** The cap that was granted; null until it is approved. */
  readonly grantedAmount: number | null;
  readonly note: string | null;
  readonly decidedBy: string | null;
  readonly decidedAtMs: number | null;
}

export type QuotaDecision = Pick<QuotaRequest, 'note' | 'decidedBy' | 'decidedAtMs'> & {
  readonly status: Exclude<QuotaStatus, 'pending'>;
  readonly grantedAmount: number | null;
};

export interface QuotaQuery extends PageQuery {
  /** Null: of every account. */
  readonly accountId: string | null;
  readonly askedBy?: string;
  readonly status?: QuotaStatus;
}

/** Requests for more keys. */
export interface QuotaStore {
  /** `conflict` while another of the account is pending. */
  create(request: QuotaRequest): Promise<void>;
  get(id: string): Promise<QuotaRequest | undefined>;
  /** Newest first. */
  list(query: QuotaQuery): Promise<Page<QuotaRequest>>;
  /**
   * Ends a pending request, and with an approval raises the account's cap in the same step; never lowers it. `conflict`
   * where it is not pending any more, so that one decision wins.
   */
  decide(id: string, decision: QuotaDecision): Promise<QuotaRequest>;
}
