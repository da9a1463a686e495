import { lazyRouteComponent } from '@tanstack/react-router';
import { lazy, type ComponentType } from 'react';
import { openRoom } from '../language.ts';

/** A page that is fetched when it is first wanted, together with the words of its room. */
export function page<M extends Record<string, unknown>>(load: () => Promise<M>, name: keyof M & string, room?: string) {
  return lazyRouteComponent(() => withWords(load, room), name);
}

/** A part of a page that is fetched when it is first shown. Put it in a `Suspense`. */
export function part<P extends object>(load: () => Promise<ComponentType<P>>, room?: string) {
  return lazy(async () => ({ default: await withWords(load, room) }));
}

async function withWords<M>(load: () => Promise<M>, room: string | undefined): Promise<M> {
  const [loaded] = await Promise.all([load(), room === undefined ? undefined : openRoom(room)]);
  return loaded;
}
