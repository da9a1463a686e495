import { Fault } from '../core/fault.ts';
import type { StoredLimit } from '../core/limitStore.ts';
import { isBoundElsewhere, isTaken } from './faults.ts';

/** The conflict behind an error of writing a limit; any other error as it is. */
export function refused(error: unknown, limit: StoredLimit | undefined): unknown {
  if (isTaken(error))
    return new Fault(
      'conflict',
      `There is already a limit of ${limit?.unit ?? 'this unit'} with this window. Change its amount instead.`,
      { cause: error },
    );
  if (isBoundElsewhere(error))
    return new Fault('conflict', 'The account or template that this refers to does not exist.', { cause: error });
  return error;
}
