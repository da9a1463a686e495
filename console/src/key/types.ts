import type { z } from 'zod';
import type { secretOut } from '../../../src/http/manage/schema/secrets.ts';

export type Secret = z.output<typeof secretOut>;
