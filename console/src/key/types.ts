import type { z } from 'zod';
import type { explanationOut } from '../../../src/http/manage/schema/explain.ts';
import type { secretOut } from '../../../src/http/manage/schema/secrets.ts';

export type Secret = z.output<typeof secretOut>;
export type Explanation = z.output<typeof explanationOut>;
