import type { z } from 'zod';
import type { denialOut } from '../../../src/http/manage/schema/usage.ts';

export type Denial = z.output<typeof denialOut>;
