import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { SIGNED_OUT } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';

const channel = new BroadcastChannel('keyward.session');

/** Tells the other tabs and windows of this browser that nobody is signed in any longer, or somebody else is. */
export function tellOthers(): void {
  channel.postMessage(SIGNED_OUT);
}

/** Hears of that. */
export function useOthers(hear: () => void): void {
  const onNews = useEffectEvent(hear);
  useEffect(() => {
    const listen = () => onNews();
    channel.addEventListener('message', listen);
    return () => channel.removeEventListener('message', listen);
  }, []);
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
    addEventListener(SIGNED_OUT, leave);
    return () => removeEventListener(SIGNED_OUT, leave);
  }, []);
  useOthers(() => void refetch());
}
