import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OPEN, REQUIREMENTS } from './requirements.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** What looks like a row's id, and the rest of the title it stands in. */
const TITLE = /(?<=^\s*|[(,]\s*)(['`])((?:(?!\1)[^\\\n]|\\.)*\b[VDAZTX]\d\d\b(?:(?!\1)[^\\\n]|\\.)*)\1/gm;
const ID = /\b[VDAZTX]\d\d\b/g;

/** The files of tests that name each row in a title, by the row's id; ids that are no row's are in it too. */
export function proofs(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of globSync('{src,test}/**/*.test.ts', { cwd: ROOT }).toSorted()) {
    const code = readFileSync(resolve(ROOT, file), 'utf8').replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
    for (const [, , title = ''] of code.matchAll(TITLE))
      for (const id of title.match(ID) ?? []) found.set(id, (found.get(id) ?? new Set()).add(file));
  }
  return found;
}

export function requirementsPage(): string {
  const found = proofs();
  const sections = REQUIREMENTS.map(({ source, rows }) => {
    const lines = Object.entries(rows).map(([id, asks]) => {
      const files = Array.from(found.get(id) ?? [], (file) => `\`${file}\``);
      return `| ${id} | ${asks} | ${files.join('<br>') || `open: waits for ${OPEN[id]}`} |`;
    });
    return `## ${source}\n\n| row | what it asks | tests |\n|---|---|---|\n${lines.join('\n')}`;
  });
  return `# Requirements

What five vendors document around the keys of their model services, row by row, and the tests that show that Keyward does it. A test names its rows at the front of its title, so \`git grep -n 'T29'\` finds them. \`npm test\` runs them all, and fails for a row without a test.

${sections.join('\n\n')}
`;
}
