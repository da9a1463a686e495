import { closeSync, existsSync, openSync, readSync } from 'node:fs';

/** The pages that a journal (`-wal`) will write back into its database (sqlite.org/fileformat2.html, 4). */
export interface Journal {
  readonly pages: ReadonlySet<number>;
  /** How many pages the database has after its last transaction; null: there is none in it. */
  readonly pageCount: number | null;
}

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * Reads which pages the committed transactions of a journal hold, before SQLite opens it. Frames are told by the salts of
 * the journal's head; those left over from before its last restart have others.
 */
export function readJournal(walPath: string, pageBytes: number): Journal {
  const pages = new Set<number>();
  if (!existsSync(walPath)) return { pages, pageCount: null };
  const file = openSync(walPath, 'r');
  try {
    const head = Buffer.alloc(HEADER_BYTES);
    if (readSync(file, head, 0, HEADER_BYTES, 0) < HEADER_BYTES) return { pages, pageCount: null };
    const salts = head.subarray(16, 24);
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    let uncommitted: number[] = [];
    let pageCount: number | null = null;
    for (let at = HEADER_BYTES; ; at += FRAME_HEADER_BYTES + pageBytes) {
      if (readSync(file, frame, 0, FRAME_HEADER_BYTES, at) < FRAME_HEADER_BYTES) break;
      if (!frame.subarray(8, 16).equals(salts)) break;
      uncommitted.push(frame.readUInt32BE(0));
      const sizeAfter = frame.readUInt32BE(4);
      if (sizeAfter === 0) continue;
      pageCount = sizeAfter;
      for (const page of uncommitted) pages.add(page);
      uncommitted = [];
    }
    return { pages, pageCount };
  } finally {
    closeSync(file);
  }
}
