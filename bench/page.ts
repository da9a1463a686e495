import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const START =
  '<!-- The following is printed by `npm run bench -- --markdown` and put here by `npm run bench -- --write`. -->';
const END = '<!-- Until here. -->';

/** Puts a result into docs/reference/performance.md, in place of the last one. */
export function writePage(result: string): void {
  const path = join(import.meta.dirname, '../docs/reference/performance.md');
  const page = readFileSync(path, 'utf8');
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start === -1 || end < start)
    throw new Error(`${path} has lost the two comments between which the result stands.`);
  writeFileSync(path, `${page.slice(0, start + START.length)}\n\n${result}\n\n${page.slice(end)}`);
}
