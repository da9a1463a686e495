import type { z } from 'zod';
import type { denialOut, requestOut } from '../../../src/http/manage/schema/usage.ts';

export type Denial = z.output<typeof denialOut>;
export type Request = z.output<typeof requestOut>;
