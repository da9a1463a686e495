import type { TFunction } from 'i18next';
import { readable } from './limitOf.ts';
import type { AuditEvent } from './types.ts';

const MOST_FIELDS = 3;

/** In one line what a change came to: its first few fields. What was made or is gone is said by its name alone. */
export function inShort(event: Pick<AuditEvent, 'object' | 'before' | 'after'>, t: TFunction): string {
  const { before, after } = readable(event, t);
  if (!before || !after) return '';
  return Object.entries(after)
    .slice(0, MOST_FIELDS)
    .map(([name, value]) => `${name}: ${said(before[name])} → ${said(value)}`)
    .join(' · ');
}

/** The value of a field as people read it. */
export function said(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
    return value.length === 0 ? '–' : value.join(', ');
  return JSON.stringify(value);
}
