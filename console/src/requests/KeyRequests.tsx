import { Flex } from 'antd';
import { useState } from 'react';
import type { SectionProps } from '../key/types.ts';
import { spanOf } from '../usage/span.ts';
import { SpanPicker } from '../usage/SpanPicker.tsx';
import { Requests } from './Requests.tsx';
import type { RequestsView } from './requestsView.ts';

/** The calls of one key, and what was refused to it. */
export function KeyRequests({ keyOf: { id, projectId } }: SectionProps) {
  const [view, setView] = useState<RequestsView>({});
  const show = (change: Partial<RequestsView>) => setView((before) => ({ ...before, ...change }));
  if (projectId === null) return null;
  return (
    <>
      <Flex justify="end" style={{ marginBottom: 12 }}>
        <SpanPicker view={view} span={spanOf(view, Date.now())} onChange={show} />
      </Flex>
      <Requests projectId={projectId} view={{ ...view, keyId: id }} show={show} isOfOneKey />
    </>
  );
}
