import { Fault } from '../core/fault.ts';

/** How long a caller waits for the store: far longer than a healthy one takes, and shorter than a dead connection needs to be noticed. */
export const PATIENCE_MS = 3000;

/** Waits for the store, but not for ever; `late` is given an answer that comes after that. */
export function patiently<T>(work: Promise<T>, late: (answer: T) => void = () => undefined): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let isOver = false;
  const timer = setTimeout(() => {
    // What has arrived meanwhile is read first: perhaps it was this process that stood still.
    setImmediate(() => {
      isOver = true;
      reject(tooLate());
    });
  }, PATIENCE_MS);
  work.then(
    (answer) => {
      if (isOver) return late(answer);
      clearTimeout(timer);
      resolve(answer);
    },
    (error: unknown) => {
      clearTimeout(timer);
      reject(error);
    },
  );
  return promise;
}

function tooLate(): Fault {
  return new Fault('store_unavailable', 'The store cannot be reached. Try again in a moment.', {
    private: `the store did not answer within ${PATIENCE_MS} ms`,
  });
}
