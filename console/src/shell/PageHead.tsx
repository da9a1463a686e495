import { Flex } from 'antd';
import type { ReactNode } from 'react';

/** What a page is called, what belongs to its name, and what can be done with all of it, at the right. */
export function PageHead({ title, beside, children }: { title: string; beside?: ReactNode; children?: ReactNode }) {
  return (
    <>
      <title>{`${title} · Keyward`}</title>
      <Flex justify="space-between" align="center" wrap gap={12} style={{ marginBottom: 16 }}>
        <Flex gap={12} align="center" wrap>
          <h1 className="page-title any">{title}</h1>
          {beside}
        </Flex>
        <Flex gap={8} align="center" wrap>
          {children}
        </Flex>
      </Flex>
    </>
  );
}
