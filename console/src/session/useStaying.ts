import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { SIGNED_OUT } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';

const channel = new BroadcastChannel('keyward.session');

/** Tells the other tabs and windows of this browser that nobody is signed in any longer, or somebody else is. */
export function tellOthers(): void {
  channel.postMessage(SIGNED_OUT);
}

/**
 * A page stays for as long as who opened it is signed in. Once the session is over, here, in another tab or by its time,
 * and once somebody else has signed in, everything that was read is left with the document.
 */
export function useStaying(): void {
  const { data, refetch } = useQuery({ ...sessionQuery, refetchOnWindowFocus: 'always' });
  const userId = data?.user.id;
  const [openedBy] = useState(userId);
  useEffect(() => {
    if (openedBy !== undefined && userId !== undefined && userId !== openedBy) location.reload();
  }, [openedBy, userId]);
  useEffect(() => {
    const leave = () => {
      const { pathname, search, hash } = location;
      location.replace(`/sign-in?back=${encodeURIComponent(`${pathname}${search}${hash}`)}`);
    };
    const hear = () => void refetch();
    addEventListener(SIGNED_OUT, leave);
    channel.addEventListener('message', hear);
    return () => {
      removeEventListener(SIGNED_OUT, leave);
      channel.removeEventListener('message', hear);
    };
  }, [refetch]);
}
