import { Flex, Typography } from 'antd';
import type { ReactNode } from 'react';

/** What a page is called, what belongs to its name, and what can be done with all of it, at the right. */
export function PageHead({ title, beside, children }: { title: string; beside?: ReactNode; children?: ReactNode }) {
  return (
    <>
      <title>{`${title} · Keyward`}</title>
      <Flex justify="space-between" align="center" wrap gap={12} style={{ marginBottom: 16 }}>
        <Flex gap={12} align="center" wrap>
          <Typography.Title level={1} className="any" style={{ fontSize: 24, margin: 0 }}>
            {title}
          </Typography.Title>
          {beside}
        </Flex>
        <Flex gap={8} align="center" wrap>
          {children}
        </Flex>
      </Flex>
    </>
  );
}
