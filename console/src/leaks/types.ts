import type { z } from 'zod';
import type { leakOut, suspectUseOut } from '../../../src/http/manage/schema/leaks.ts';

export type Leak = z.output<typeof leakOut>;
export type SuspectUse = z.output<typeof suspectUseOut>;
/** Where a key usually gets out. */
export type LeakPlace = keyof Leak['places'];
