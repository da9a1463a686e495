import { useQuery } from '@tanstack/react-query';
import { Spin } from 'antd';
import type { ReactNode } from 'react';
import { call, hasCode } from '../api/client.ts';
import { PageError } from '../shell/PageError.tsx';
import { useLinkToken, type LinkPath } from './arrival.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { LinkOver } from './LinkOver.tsx';

/** Where a link with a token leads: what it is for is looked up before it is used, and one that is over says why. */
export function LinkPage<Look>(props: {
  path: LinkPath;
  /** The operation that tells what a token is for. */
  lookUp: string;
  title: (look: Look | undefined) => string;
  /** What stands above a link that is over. */
  over: string;
  children: (look: Look, token: string) => ReactNode;
}) {
  const { path, lookUp, title, over, children } = props;
  const token = useLinkToken(path);
  const { data, error, isPending, refetch } = useQuery({
    // Of a token, and so kept no longer than the page.
    queryKey: ['link', path, token],
    queryFn: () => call<Look>('POST', lookUp, { body: { token } }),
    enabled: token !== undefined,
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
  });
  const isOver = hasCode(error, 'invalid_credentials') || hasCode(error, 'invalid_request');
  if (token === undefined || isOver)
    return (
      <EntryFrame title={over}>
        <LinkOver {...(hasCode(error, 'invalid_credentials') && { why: error.message })} />
      </EntryFrame>
    );
  return (
    <EntryFrame title={title(data)}>
      {isPending && <Spin />}
      {error && <PageError error={error} reset={() => void refetch()} />}
      {data && children(data, token)}
    </EntryFrame>
  );
}
