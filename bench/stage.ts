import type { Stage } from './rows.ts';

/** Remembers what was started, for rows that share it. `flags`: of the Node that runs Keyward. */
export function createStage(folder: string, peers: boolean, flags: readonly string[] = []): Stage {
  const started = new Map<string, Promise<unknown>>();
  return {
    folder,
    peers,
    flags,
    once<T>(name: string, start: () => Promise<T>): Promise<T> {
      const running = (started.get(name) as Promise<T> | undefined) ?? start();
      started.set(name, running);
      return running;
    },
  };
}
