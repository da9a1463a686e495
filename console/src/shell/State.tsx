import type { ReactNode } from 'react';
import './state.css';

/** How something stands: in words, with a sign whose form and colour say the same. */
export function State({ kind, children }: { kind: 'good' | 'warn' | 'bad' | 'off'; children: ReactNode }) {
  return <span className={`state ${kind}`}>{children}</span>;
}
