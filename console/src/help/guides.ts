import type { Words } from '../words.ts';

export type Guide = keyof Words['help']['guides'];

/** The guides in the order of reading, by what somebody wants; the names are those of the files in docs/guide. */
export const GUIDES: Readonly<Record<keyof Words['help']['shelf'], readonly Guide[]>> = {
  daily: ['console', 'keys', 'gateway', 'limits', 'usage', 'errors'],
  safe: ['hygiene', 'leaks', 'audit', 'notices'],
  people: ['members', 'people'],
  services: ['services', 'proxies', 'verify'],
  operate: ['operating', 'catalogue', 'management-api', 'command-line'],
};

export const SHELVES = Object.keys(GUIDES) as (keyof typeof GUIDES)[];

export function isGuide(name: string): name is Guide {
  return SHELVES.some((shelf) => GUIDES[shelf].includes(name as Guide));
}
