import type { ReactNode } from 'react';

/** A word on how something stands, with a spot of colour that nobody has to see. */
export function Mark({ kind, children }: { kind: 'good' | 'warn' | 'bad' | 'plain'; children: ReactNode }) {
  return <span className={`mark mark-${kind}`}>{children}</span>;
}
