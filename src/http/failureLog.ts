import type { Logger } from 'pino';
import type { Fault } from '../core/fault.ts';
import type { Failure } from './failure.ts';

/** Logs a fault with what only the operator may read; its stack where it is a bug. */
export function failureLog(log: Logger): (requestId: string, failure: Failure, fault: Fault) => void {
  return (requestId, { code }, fault) =>
    log[code === 'internal' ? 'error' : 'warn'](
      { requestId, code, private: fault.details.private, ...(code === 'internal' && { err: fault.cause }) },
      fault.message,
    );
}
