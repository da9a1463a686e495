import { Card, Flex } from 'antd';
import type { ReactNode } from 'react';

/** One thing that people look after of their own. */
export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <Card styles={{ body: { padding: 20 } }} role="region" aria-label={title}>
      <Flex justify="space-between" align="center" wrap gap={8} style={{ marginBottom: 12 }}>
        <h2 style={{ margin: 0, fontSize: 17 }}>{title}</h2>
        {actions}
      </Flex>
      {children}
    </Card>
  );
}
