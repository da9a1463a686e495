import type { Leak } from './types.ts';

/** The four steps after a leak, in order. */
export const STEPS = ['stopped', 'use', 'replacement', 'places'] as const;
export type Step = (typeof STEPS)[number];

/** What every step of the page is given. */
export interface StepProps {
  readonly leak: Leak;
  /** Whether the caller may work on it, and it is open. */
  readonly mayWork: boolean;
}

/** Whether a step is done. A closed report has nothing left: what it was closed without is not told apart any more. */
export function isDone({ left }: Pick<Leak, 'left'>, step: Step): boolean {
  return !left.some((one) => one === step || one.startsWith(`${step}/`));
}

export function doneCount(leak: Pick<Leak, 'left'>): number {
  return STEPS.filter((step) => isDone(leak, step)).length;
}
