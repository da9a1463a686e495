import type { Stage } from './rows.ts';

/** A stage, and how it is cleared. */
export interface OpenStage extends Stage {
  end(): Promise<void>;
}

/** Remembers what was started, for rows that share it. `flags`: of the Node that runs Keyward. */
export function createStage(folder: string, peers: boolean, flags: readonly string[] = []): OpenStage {
  const started = new Map<string, Promise<unknown>>();
  const ends: (() => Promise<void>)[] = [];
  return {
    folder,
    peers,
    flags,
    once<T>(name: string, start: () => Promise<T>): Promise<T> {
      const running = (started.get(name) as Promise<T> | undefined) ?? start();
      started.set(name, running);
      return running;
    },
    atEnd: (stop) => void ends.push(stop),
    async end() {
      for (const stop of ends.splice(0)) await stop();
    },
  };
}
