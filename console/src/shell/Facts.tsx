import { Descriptions } from 'antd';
import type { ReactNode } from 'react';

/** What is known of one thing, line by line. */
export function Facts({ facts }: { facts: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <Descriptions
      column={1}
      size="small"
      colon={false}
      styles={{ label: { width: 160, color: 'var(--soft)' } }}
      items={facts.map(([label, children]) => ({ key: label, label, children }))}
    />
  );
}
