import { describeMachine, loadAverage } from './machine.ts';
import type { Options } from './options.ts';

/** Where and how a run was made: without it no figure means anything. */
export interface Conditions {
  readonly machine: string;
  /** The machine's load average just before the run. */
  readonly load: number;
  /** What made the full load. */
  readonly generator: string;
  readonly options: Pick<Options, 'rounds' | 'seconds' | 'connections' | 'ratePerSecond'>;
}

/** Takes them down; `folder` is where the stores will be. */
export function conditionsNow(folder: string, generator: string, options: Options): Conditions {
  return { load: loadAverage(), machine: describeMachine(folder), generator, options };
}
