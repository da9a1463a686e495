import { focusManager } from '@tanstack/react-query';

/** How long nobody has to touch the page until it counts as left. */
const LEFT_AFTER_MS = 5 * 60_000;
const LOOK_MS = 15_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'scroll'] as const;

/**
 * What is asked for again and again is asked only while somebody is there: a page that was left open would else keep its
 * session from ending by itself. It goes on with the first sign of somebody.
 */
export function watchPresence(): void {
  focusManager.setEventListener((setPresent) => {
    let seenAtMs = Date.now();
    let wasPresent = document.visibilityState === 'visible';
    const look = () => {
      const isPresent = document.visibilityState === 'visible' && Date.now() - seenAtMs < LEFT_AFTER_MS;
      // Saying so anew would count as a return, on which everything old is asked for.
      if (isPresent !== wasPresent) setPresent(isPresent);
      wasPresent = isPresent;
    };
    const turn = () => {
      seenAtMs = Date.now();
      wasPresent = document.visibilityState === 'visible';
      setPresent(wasPresent);
      // A return, also where nobody saw it leave.
      if (wasPresent) setPresent();
    };
    const see = () => {
      seenAtMs = Date.now();
      look();
    };
    const timer = setInterval(look, LOOK_MS);
    document.addEventListener('visibilitychange', turn);
    for (const sign of SIGNS) addEventListener(sign, see, { passive: true, capture: true });
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', turn);
      for (const sign of SIGNS) removeEventListener(sign, see, { capture: true });
    };
  });
}
