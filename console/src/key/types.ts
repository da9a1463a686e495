import type { z } from 'zod';
import type { explanationOut } from '../../../src/http/manage/schema/explain.ts';
import type { secretOut } from '../../../src/http/manage/schema/secrets.ts';
import type { KeyDetails } from '../api/types.ts';
import type { May } from '../shell/here.ts';

export type Secret = z.output<typeof secretOut>;
export type Explanation = z.output<typeof explanationOut>;

/** What every section of the page is given. */
export interface SectionProps {
  readonly keyOf: KeyDetails;
  readonly may: May;
}
