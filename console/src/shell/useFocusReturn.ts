import { useEffect } from 'react';

const DIALOG = '[role=dialog], .ant-modal-root, .ant-drawer';
const REACHED = 'a, button, input, select, textarea, [tabindex]';

/**
 * Gives the focus back to what opened a dialog once that is gone, in whatever way it went. Where its opener is gone with it,
 * the page has it.
 */
export function useFocusReturn(): void {
  useEffect(() => {
    let opener: HTMLElement | null = null;
    let isInside = false;
    // Some browsers do not focus what is clicked.
    const hear = ({ target }: Event) => {
      const reached = target instanceof Element ? target.closest<HTMLElement>(REACHED) : null;
      if (!reached) return;
      isInside = reached.closest(DIALOG) !== null;
      if (!isInside) opener = reached;
    };
    const observer = new MutationObserver(() => {
      if (!isInside || document.activeElement !== document.body || document.querySelector('[role=dialog]')) return;
      isInside = false;
      const next = opener?.isConnected === true ? opener : document.getElementById('content');
      next?.focus({ preventScroll: true });
    });
    addEventListener('focusin', hear);
    addEventListener('pointerdown', hear);
    // Dialogs hang on the body.
    observer.observe(document.body, { childList: true });
    return () => {
      removeEventListener('focusin', hear);
      removeEventListener('pointerdown', hear);
      observer.disconnect();
    };
  }, []);
}
