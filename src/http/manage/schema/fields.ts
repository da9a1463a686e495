import { z } from 'zod';
import { nameError } from '../../../core/key.ts';

/** The fields that several nouns share. Descriptions end up in the API's reference. */

/** A rule of core as a refinement: it answers what is wrong, or null. */
export function keeping<T extends z.ZodType<string>>(schema: T, errorOf: (text: string) => string | null): T {
  return schema.superRefine((text, context) => {
    const message = errorOf(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
}

export const nameField = keeping(z.string().trim(), nameError).meta({
  description: 'A name for people, in any script, 1 to 64 characters.',
  examples: ['Production'],
});

export const idParam = z.object({ id: z.string().describe('The id.') });

/** A moment in answers: ISO 8601 in UTC. */
export const momentOut = z.string().meta({ format: 'date-time', examples: ['2026-03-01T09:30:00.000Z'] });

/** A moment in requests: ISO 8601 with its zone, read to milliseconds. */
export const momentIn = z.iso
  .datetime({
    offset: true,
    error: 'This must be a time with its zone, like 2026-03-01T09:30:00Z or 2026-03-01T17:30:00+08:00.',
  })
  .transform((text) => Date.parse(text));

/** A whole number of a query, in decimal digits. Nothing at all is none: it is not taken for 0. */
export function wholeNumber(error: string, least: number, most: number) {
  return inDigits(z.int({ error }).min(least, { error }).max(most, { error }));
}

/** As `wholeNumber`; what is left out is `usual`. */
export function wholeNumberOr(usual: number, error: string, least: number, most: number) {
  return inDigits(z.int({ error }).min(least, { error }).max(most, { error }).default(usual));
}

function inDigits<T extends z.ZodType>(schema: T) {
  return z.preprocess((given) => (typeof given === 'string' && /^-?\d+$/.test(given) ? Number(given) : given), schema);
}

export const pageQuery = {
  limit: wholeNumberOr(50, 'This must be a whole number from 1 to 200.', 1, 200).describe('Most items in one answer.'),
  cursor: z.string().min(1).max(500).exactOptional().describe('`nextCursor` of the page before.'),
};

/** A list as every noun answers it. */
export function listOf<T extends z.ZodType>(item: T, description: string) {
  return z
    .object({
      data: z.array(item),
      nextCursor: z.string().nullable().describe('Pass it as `cursor` for the next page; null: this was the last.'),
    })
    .describe(description);
}

/** Tokens at most, in requests. */
export const tokenCount = z.int().min(1).max(100_000_000);

export function toMoment(ms: number): string {
  return new Date(ms).toISOString();
}

export function toMomentOrNull(ms: number | null): string | null {
  return ms === null ? null : toMoment(ms);
}
