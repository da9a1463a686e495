import type { Clock, NewId } from '../../core/ambient.ts';
import type { SendUpstream } from '../../core/exchange.ts';
import { demoAnswer } from './demo.ts';

/** The demo model as an upstream: answers in this process, one event a turn of the event loop, so that a stream can be cancelled. */
export function createDemo(options: { clock: Clock; newId: NewId }): SendUpstream {
  return (request, sink) => {
    let over = false;
    let paused = false;
    let next: (() => void) | undefined;

    async function answer(): Promise<void> {
      const body = request.body instanceof Uint8Array ? Buffer.from(request.body) : Buffer.alloc(0);
      const { path, method } = request;
      const answered = demoAnswer({ path, method, body, requestId: options.newId('demo'), nowMs: options.clock() });
      if (over) return;
      sink.head(answered.status, answered.headers);
      for (const part of 'events' in answered ? answered.events : [answered.body]) {
        await turn();
        if (over) return;
        sink.data(part);
      }
      await turn();
      if (over) return;
      over = true;
      sink.end();
    }

    /** The next turn of the event loop in which nobody holds the answer back. */
    function turn(): Promise<void> {
      return new Promise((resolve) => {
        next = () => setImmediate(resolve);
        if (!paused) release();
      });
    }

    function release(): void {
      next?.();
      next = undefined;
    }

    // After the caller has got hold of the call.
    queueMicrotask(() => void answer());
    return {
      abort() {
        over = true;
        release();
      },
      pause() {
        paused = true;
      },
      resume() {
        paused = false;
        release();
      },
    };
  };
}
