import { useSyncExternalStore } from 'react';
import { hasCode } from '../api/client.ts';

interface Asked {
  readonly settle: (proved: boolean) => void;
}

let asked: Asked | undefined;
let asking: Promise<boolean> | undefined;
const listeners = new Set<() => void>();

export function ask(next: Asked | undefined): void {
  asked = next;
  for (const listener of listeners) listener();
}

/** What was begun was not done, because its caller did not prove who they are. */
export class NotProved extends Error {}

/** Does what may need a fresh identity check: when the server wants one, the person is asked, and it is done again. */
export async function proving<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!hasCode(error, 'identity_check_required')) throw error;
    // Who is asked already is not asked once more: one answer does for all that waits for it.
    asking ??= new Promise<boolean>((settle) => ask({ settle })).finally(() => (asking = undefined));
    const proved = await asking;
    if (!proved) throw new NotProved();
    return work();
  }
}

/** Whether somebody is being asked, and how to go on. */
export function useAsked(): Asked | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => asked,
  );
}
