import { useSyncExternalStore } from 'react';

/**
 * What an address brought along behind `#`: the token of a link that somebody was handed, or how it went at the identity
 * provider. Either is taken out of the address bar and the history before anything is shown, and kept nowhere but here.
 */
const LINK_PAGES = ['/invitation', '/password-reset'] as const;
const OUTCOME = /^(?:signed_in|second_factor_required|error=\w+)$/;

export type LinkPath = (typeof LINK_PAGES)[number];

const tokens = new Map<string, string>();
const listeners = new Set<() => void>();
let outcome: string | undefined;

take();
// A link that is opened in a window that shows its page already loads nothing anew.
addEventListener('hashchange', take);

/** The token of the link that leads to a page; undefined where somebody came without one. */
export function useLinkToken(page: LinkPath): string | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => tokens.get(page),
  );
}

/** Once a link has done what it is for. */
export function forgetToken(page: LinkPath): void {
  tokens.delete(page);
}

/** How it went at the identity provider, for who comes from there: `signed_in`, `second_factor_required`, `error=<code>`. */
export function cameBack(): string | undefined {
  return outcome;
}

/** As `cameBack`, once: whoever asks later is told nothing. */
export function takeOutcome(): string | undefined {
  const taken = outcome;
  outcome = undefined;
  return taken;
}

function take(): void {
  const { hash, pathname, search } = location;
  const brought = hash.slice(1);
  const isLink = LINK_PAGES.some((page) => page === pathname);
  if (brought === '' || (!isLink && !OUTCOME.test(brought))) return;
  history.replaceState(history.state, '', `${pathname}${search}`);
  if (isLink) tokens.set(pathname, brought);
  else outcome = brought;
  for (const listener of listeners) listener();
}
