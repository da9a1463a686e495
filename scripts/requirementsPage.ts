import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OPEN, REQUIREMENTS } from './requirements.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** What looks like a row's id, and the rest of the title it stands in. */
const TITLE = /(?<=^\s*|[(,]\s*)(['`])((?:(?!\1)[^\\\n]|\\.)*\b[VDAZTX]\d\d\b(?:(?!\1)[^\\\n]|\\.)*)\1/gm;
const ID = /\b[VDAZTX]\d\d\b/g;

/** A test by its title, as it is written in its file. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

/** The tests that name each row in their titles, by the row's id; ids that are no row's are in it too. */
export function proofs(): Map<string, Proof[]> {
  const found = new Map<string, Proof[]>();
  for (const file of globSync('{src,test}/**/*.test.ts', { cwd: ROOT }).toSorted()) {
    const code = readFileSync(resolve(ROOT, file), 'utf8').replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
    for (const [, , title = ''] of code.matchAll(TITLE))
      for (const id of new Set(title.match(ID))) found.set(id, [...(found.get(id) ?? []), { file, title }]);
  }
  return found;
}

export function requirementsPage(): string {
  const found = proofs();
  const sections = REQUIREMENTS.map(({ source, rows }) => {
    const lines = Object.entries(rows).map(([id, asks]) => {
      const files = Map.groupBy(found.get(id) ?? [], ({ file }) => file);
      const shown = [...files].map(([file, tests]) => `\`${file}\`${tests.length > 1 ? ` (${tests.length})` : ''}`);
      return `| ${id} | ${asks} | ${shown.join('<br>') || `open: waits for ${OPEN[id]}`} |`;
    });
    return `## ${source}\n\n| row | what it asks | tests |\n|---|---|---|\n${lines.join('\n')}`;
  });
  return `# Requirements

What five vendors document around the keys of their model services, row by row, and the tests that show that Keyward does it. A test names its rows at the front of its title, so \`git grep -n 'T29'\` finds them; a number in brackets says how many of a file's tests name the row. \`npm test\` runs them all, and fails for a row without a test.

${sections.join('\n\n')}
`;
}
