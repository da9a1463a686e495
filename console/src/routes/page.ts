import { lazyRouteComponent } from '@tanstack/react-router';
import { createElement, lazy, useEffect, useState, type ComponentType } from 'react';
import { openRoom } from '../language.ts';

/** A page that is fetched when it is first wanted, together with the words of its rooms. */
export function page<M extends Record<string, unknown>>(
  load: () => Promise<M>,
  name: keyof M & string,
  ...rooms: string[]
) {
  return lazyRouteComponent(() => withWords(load, rooms), name);
}

/** Milliseconds that a part may take to come before a sign of waiting is shown in its place. */
const PATIENCE_MS = 1000;

/**
 * A part of a page that is fetched when it is first shown, or before that by `fetch`. Put it in a `Suspense`, whose sign of
 * waiting is shown where it takes long. That is not left to React: what it has shown such a sign for, it holds back for 300 ms.
 */
export function part<P extends object>(load: () => Promise<ComponentType<P>>, ...rooms: string[]) {
  let ready: ComponentType<P> | undefined;
  const fetch = async (): Promise<ComponentType<P>> => (ready = await withWords(load, rooms));
  const Late = lazy(async () => ({ default: await fetch() }));

  function Part(props: P) {
    const [shown, setShown] = useState<{ as: ComponentType<P> } | undefined>(() => ready && { as: ready });
    useEffect(() => {
      if (shown) return undefined;
      // `Late` waits and fails as Suspense and the page’s error boundary have it.
      const show = (): void => setShown((before) => before ?? { as: ready ?? Late });
      const waiting = setTimeout(show, PATIENCE_MS);
      void fetch().then(show, show);
      return () => clearTimeout(waiting);
    }, [shown]);
    return shown ? createElement(shown.as, props) : null;
  }
  return Object.assign(Part, { fetch });
}

async function withWords<M>(load: () => Promise<M>, rooms: readonly string[]): Promise<M> {
  const [loaded] = await Promise.all([load(), ...rooms.map(openRoom)]);
  return loaded;
}
