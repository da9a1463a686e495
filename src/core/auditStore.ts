import type { AuditBy, AuditEvent, AuditOutcome, NewAuditRecord } from './audit.ts';
import type { AuditCheck } from './auditChain.ts';
import type { Page, PageQuery, Within } from './page.ts';

/** What is asked for. */
export interface AuditFilter extends Within {
  readonly actorId?: string;
  readonly objectType?: string;
  readonly objectId?: string;
  readonly operation?: string;
  readonly outcome?: AuditOutcome;
  readonly fromMs?: number;
  /** Not included. */
  readonly toMs?: number;
}

/** An operation under way. */
export interface AuditScope {
  /** Rows that its changes have left. */
  readonly written: number;
  /** Changes from now on are not this operation's: what it set off may still be running. */
  close(): void;
}

/** The record of who changed what. Rows are only ever added. */
export interface AuditStore {
  /**
   * Runs `work`; every change it makes in the store, now or in what it awaits, leaves a row in the transaction that
   * makes the change, and is not made where the row cannot be written.
   */
  during<T>(by: AuditBy, work: (scope: AuditScope) => T): T;
  /** Adds a row for what the store did not do itself. Durable when it returns. */
  append(record: NewAuditRecord): Promise<void>;
  get(id: string): Promise<AuditEvent | undefined>;
  /** Newest first. */
  list(query: AuditFilter & PageQuery): Promise<Page<AuditEvent>>;
  /** The oldest rows after a position and up to another, oldest first. */
  after(filter: AuditFilter, seq: number, untilSeq: number, most: number): Promise<AuditEvent[]>;
  /** Of the newest row; 0: there is none. */
  lastSeq(): Promise<number>;
  /** Reads every row and proves that the chain is whole. */
  verify(): Promise<AuditCheck>;
}
