import { lazyRouteComponent } from '@tanstack/react-router';
import { lazy, type ComponentType } from 'react';
import { openRoom } from '../language.ts';

/** A page that is fetched when it is first wanted, together with the words of its rooms. */
export function page<M extends Record<string, unknown>>(
  load: () => Promise<M>,
  name: keyof M & string,
  ...rooms: string[]
) {
  return lazyRouteComponent(() => withWords(load, rooms), name);
}

/** A part of a page that is fetched when it is first shown. Put it in a `Suspense`. */
export function part<P extends object>(load: () => Promise<ComponentType<P>>, ...rooms: string[]) {
  return lazy(async () => ({ default: await withWords(load, rooms) }));
}

async function withWords<M>(load: () => Promise<M>, rooms: readonly string[]): Promise<M> {
  const [loaded] = await Promise.all([load(), ...rooms.map(openRoom)]);
  return loaded;
}
