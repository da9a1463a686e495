// The rules the house keeps, each a pure function from files to complaints, so that each can be shown to fail.
// test/tidy.test.ts runs them over this repository and over small bad examples.

import { createHash } from 'node:crypto';
import { posix } from 'node:path';

/** A text file of the repository; `path` is relative to its root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Lists what breaks a rule, one line each, beginning with the path; empty when all is well. */
export type Rule = (files: readonly SourceFile[]) => string[];

const composition = ['src/app.ts', 'src/main.ts', 'src/cli.ts'];

/** What each folder under src/ may import from; `.` is a file directly in src/, such as config.ts. */
const rings: Readonly<Record<string, readonly string[]>> = {
  '.': ['core'],
  core: ['core'],
  service: ['core', 'service'],
  store: ['core', 'store'],
  upstream: ['core', 'upstream'],
  http: ['core', 'service', 'http'],
  // The command line is a program of its own: it looks at every part of an installation. Only src/cli.ts starts the server.
  cli: ['.', 'core', 'service', 'store', 'upstream', 'http', 'cli'],
};

/** What core may import from outside: pure functions only. `names` absent: the whole module. */
const coreImports: readonly { file: string; module: string; names?: readonly string[] }[] = [
  {
    file: 'src/core/keyValue.ts',
    module: 'node:crypto',
    names: ['createHash', 'createHmac', 'hash', 'timingSafeEqual'],
  },
];

/** Packages that belong to one part of the house. A name ending in `/` stands for the whole npm scope. */
const homes: readonly { modules: readonly string[]; folders: readonly string[] }[] = [
  { modules: ['kysely', 'pg', 'node:sqlite'], folders: ['store'] },
  { modules: ['fastify', '@fastify/', 'fastify-type-provider-zod'], folders: ['http'] },
  { modules: ['undici', 'node:http', 'node:https', 'node:net'], folders: ['upstream', 'http'] },
];

/** Imports, type-only ones too, point inward: core knows nobody, and only the composition root knows everybody. */
export const importsPointInward: Rule = (files) =>
  productCode(files).flatMap((file) => {
    if (composition.includes(file.path)) return [];
    const allowed = rings[folderOf(file.path)];
    if (!allowed) return [`${file.path}: its folder has no place among the rings in test/kit/tidy.ts`];
    return importsOf(file).flatMap(({ module, line }) => {
      if (!module.startsWith('.')) return [];
      const target = posix.join(posix.dirname(file.path), module);
      if (target.startsWith('src/') && !composition.includes(target) && allowed.includes(folderOf(target))) return [];
      return [`${file.path}:${line}: may not import ${target}`];
    });
  });

/** No files import each other in a circle, types included: whoever reads one of them need not have read it already. */
export const importsRunInNoCircle: Rule = (files) => {
  const known = new Map(files.filter(({ path }) => isCode(path)).map((file) => [file.path, file]));
  const done = new Set<string>();
  const complaints: string[] = [];
  const follow = (file: SourceFile, way: readonly string[]): void => {
    const at = way.indexOf(file.path);
    if (at >= 0) complaints.push([...way.slice(at), file.path].join(' imports '));
    if (done.has(file.path) || at >= 0) return;
    for (const { module } of importsOf(file)) {
      const target = known.get(posix.join(posix.dirname(file.path), module));
      if (module.startsWith('.') && target) follow(target, [...way, file.path]);
    }
    done.add(file.path);
  };
  for (const file of known.values()) follow(file, []);
  return complaints;
};

/** Core reaches no disk, network, clock or package: the few pure functions it takes from outside are named above. */
export const coreStaysPure: Rule = (files) =>
  productCode(files)
    .filter((file) => folderOf(file.path) === 'core')
    .flatMap((file) =>
      importsOf(file).flatMap(({ module, names, line }) => {
        if (module.startsWith('.')) return [];
        const allowed = coreImports.find((entry) => entry.file === file.path && entry.module === module);
        if (!allowed) return [`${file.path}:${line}: may not import ${module}`];
        const extra = allowed.names ? names.filter((name) => !allowed.names?.includes(name)) : [];
        return extra.map((name) => `${file.path}:${line}: may not import ${name} from ${module}`);
      }),
    );

/** Only the store speaks SQL, only the doors know the web framework, only they and upstream speak HTTP. */
export const packagesStayHome: Rule = (files) =>
  productCode(files).flatMap((file) => {
    if (composition.includes(file.path)) return [];
    return importsOf(file).flatMap(({ module, line }) => {
      const home = homes.find(({ modules }) =>
        modules.some((name) => module === name || module.startsWith(name.endsWith('/') ? name : `${name}/`)),
      );
      if (!home || home.folders.includes(folderOf(file.path))) return [];
      return [`${file.path}:${line}: ${module} belongs in ${home.folders.map((name) => `src/${name}`).join(', ')}`];
    });
  });

/** The console is a client like any other: from the server it takes types and nothing that runs. */
export const consoleTakesTypesOnly: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith('console/') && isCode(file.path))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ module, typeOnly }) => {
          const target = posix.join(posix.dirname(file.path), module);
          return module.startsWith('.') && target.startsWith('src/') && !typeOnly;
        })
        .map(({ module, line }) => `${file.path}:${line}: imports ${module}, which is more than its types`),
    );

const mostLines = 300;

/**
 * No file of the server or the console, its styles included, is longer than 300 lines, except those listed with the length
 * they had when they were listed. A listed file may shrink but not grow, and leaves the list when it is short enough.
 */
export function filesStayShort(exceptions: Readonly<Record<string, number>>): Rule {
  return (files) => {
    const lengths = new Map(
      files
        .filter(
          ({ path }) => /^(?:console\/)?src\//.test(path) && !isTest(path) && (isCode(path) || path.endsWith('.css')),
        )
        .map((file) => [file.path, file.text.trimEnd().split('\n').length]),
    );
    const tooLong = [...lengths]
      .filter(([path, length]) => length > (exceptions[path] ?? mostLines))
      .map(([path, length]) => `${path}: ${length} lines, where ${exceptions[path] ?? mostLines} are allowed`);
    const stale = Object.keys(exceptions)
      .filter((path) => (lengths.get(path) ?? 0) <= mostLines)
      .map((path) => `${path}: no longer needs its place in the list of long files`);
    return [...tooLong, ...stale];
  };
}

/** The server logs through its logger; only the two programs a person runs write to the terminal. */
export const onlyProgramsPrint: Rule = (files) =>
  productCode(files)
    .filter((file) => file.path !== 'src/main.ts' && file.path !== 'src/cli.ts')
    .flatMap((file) => findAll(file, /\bconsole\s*\./g, 'writes to the terminal'));

const clockAndChance = new RegExp(
  [
    String.raw`\bDate\.now\b`,
    String.raw`\bnew Date(?:\(\s*\)|(?![\w(]))`,
    String.raw`(?<!new )\bDate\(\s*\)`,
    String.raw`\bTemporal\.Now\b`,
    String.raw`\bperformance\.now\b`,
    String.raw`\bprocess\.(?:hrtime|uptime)\b`,
    String.raw`\bMath\.random\b`,
    String.raw`\b(?:randomBytes|randomUUID|randomInt|randomFill|randomFillSync|getRandomValues)\b`,
  ].join('|'),
  'g',
);
const adapters = /^src\/(?:(?:app|main|cli|serverSecret)\.ts$|(?:http|store|upstream)\/)/;

/** Rules and verbs are given the time and their random bytes, so that a test decides both. */
export const clockAndChanceComeThroughPorts: Rule = (files) =>
  productCode(files)
    .filter((file) => !adapters.test(file.path))
    .flatMap((file) => findAll(file, clockAndChance, 'takes time or chance from the machine'));

// Spelled in halves, because this file keeps the rule too.
const marks = new RegExp(String.raw`\b(?:${'TO'}DO|${'FIX'}ME|${'XX'}X)\b`, 'g');

/** What is left to do stands in the issue tracker. Checksums in a lock file may spell anything. */
export const nothingIsLeftToDo: Rule = (files) =>
  files
    .filter((file) => posix.basename(file.path) !== 'package-lock.json')
    .flatMap((file) => findIn(file.path, file.text, marks, 'leaves a note of unfinished work'));

/** A name is imported from the file that defines it: no file is there only to pass names on. */
export const noBarrels: Rule = (files) =>
  files
    .filter((file) => isCode(file.path))
    .filter((file) => {
      const rest = withoutComments(file.text)
        .replaceAll(/\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*(['"])[^'"]+\1/g, 'passed-on')
        .replaceAll(/\bimport\s[^'"]*?from\s*(['"])[^'"]+\1/g, '')
        .replaceAll(/\bexport\s*\{[^}]*\}/g, 'passed-on');
      return /passed-on/.test(rest) && /^(?:passed-on|[\s;])*$/.test(rest);
    })
    .map((file) => `${file.path}: only passes names on`);

const vagueFolders = new Set(['utils', 'util', 'common', 'shared', 'helpers', 'lib', 'managers']);

/** A folder's name says what is in it. */
export const foldersSayWhatTheyHold: Rule = (files) =>
  files.flatMap((file) => {
    const vague = file.path
      .split('/')
      .slice(0, -1)
      .find((segment) => vagueFolders.has(segment));
    return vague === undefined ? [] : [`${file.path}: a folder called ${vague} says nothing`];
  });

/** Every relative link in a Markdown file leads to a file or folder of the repository. */
export const linksLeadSomewhere: Rule = (files) => {
  const known = new Set(files.flatMap(({ path }) => [path, ...parentsOf(path)]));
  return files
    .filter((file) => file.path.endsWith('.md'))
    .flatMap((file) =>
      linksOf(file)
        .filter(({ target }) => {
          const path = decodeURIComponent(target.replace(/[#?].*$/, ''));
          if (path === '' || /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(path)) return false;
          const full = path.startsWith('/') ? path.slice(1) : posix.join(posix.dirname(file.path), path);
          return !known.has(full.replace(/\/$/, ''));
        })
        .map(({ target, line }) => `${file.path}:${line}: ${target} does not exist`),
    );
};

/** No test is switched off, put off, or run alone. */
export const everyTestRuns: Rule = (files) =>
  files
    .filter((file) => isTest(file.path))
    .flatMap((file) =>
      findAll(file, /\.(?:only|skip|todo)\s*[.(]|\.(?:skipIf|runIf)\s*\(/g, 'keeps a test from running'),
    );

/**
 * A released migration is never edited, since databases that ran it would not run it again; a new one comes last.
 * @param released the SHA-256 of each released migration by file name, kept in test/kit/migrations.lock.json
 */
export function migrationsStayAsReleased(released: Readonly<Record<string, string>>): Rule {
  return (files) => {
    const found = new Map(migrationsOf(files));
    const newest = Object.keys(released).toSorted().at(-1) ?? '';
    const changed = Object.entries(released).flatMap(([name, hash]) => {
      const now = found.get(name);
      if (now === undefined) return [`${name}: was released and is gone`];
      return now === hash ? [] : [`${name}: was released and has been edited`];
    });
    const early = [...found.keys()]
      .filter((name) => released[name] === undefined && name < newest)
      .map((name) => `${name}: is new and sorts before ${newest}, which is released`);
    return [...changed, ...early];
  };
}

/** Name and SHA-256 of each migration, in the order of their names. */
export function migrationsOf(files: readonly SourceFile[]): [name: string, sha256: string][] {
  return files
    .filter(({ path }) => posix.dirname(path) === 'src/store/migrations' && isCode(path) && !isTest(path))
    .map(({ path, text }): [string, string] => [
      posix.basename(path),
      createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex'),
    ])
    .filter(([name]) => name !== 'index.ts')
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
}

/**
 * The lock file can be installed from, everywhere: every optional package is in it, for other platforms too, and no
 * address is, since whoever installs may use another registry.
 */
export const lockFileFitsEverywhere: Rule = (files) =>
  files
    .filter((file) => file.path === 'package-lock.json')
    .flatMap((file) => {
      const { packages } = JSON.parse(file.text) as { packages: Record<string, LockedPackage> };
      return Object.entries(packages).flatMap(([path, { resolved, optionalDependencies = {} }]) => [
        ...(resolved === undefined ? [] : [`${file.path}: ${path} has a download address`]),
        ...Object.keys(optionalDependencies)
          .filter((name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
          .map((name) => `${file.path}: ${name} is missing (npm run lock:complete)`),
      ]);
    });

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Import {
  readonly module: string;
  readonly names: readonly string[];
  readonly typeOnly: boolean;
  readonly line: number;
}

const importPattern = new RegExp(
  [
    String.raw`\b(?:import|export)\s+(?<clause>(?:type\s+)?[\w*$\s{},]+?)\s*\bfrom\s*(['"])(?<from>[^'"\n]+)\2`,
    String.raw`\bimport\s*(['"])(?<bare>[^'"\n]+)\4`,
    String.raw`\b(?:import|require)\s*\(\s*(['"${'`'}])(?<called>[^'"${'`'}\n]+)\6`,
  ].join('|'),
  'g',
);

/** Every import, re-export and import() of a file, with the names taken (`*` for all). */
function importsOf(file: SourceFile): Import[] {
  const text = withoutComments(file.text);
  return [...text.matchAll(importPattern)].map((match) => {
    const { clause = '', from, bare, called } = match.groups ?? {};
    const braces = /\{(?<inside>[^}]*)\}/.exec(clause);
    const named = (braces?.groups?.['inside'] ?? '')
      .split(',')
      .map((name) =>
        name
          .trim()
          .replace(/^type\s+/, '')
          .replace(/\s+as\s+\w+$/, ''),
      )
      .filter((name) => name !== '');
    const outside = clause
      .replace(/\{[^}]*\}/, '')
      .replace(/^type\b/, '')
      .replaceAll(',', '')
      .trim();
    return {
      module: from ?? bare ?? called ?? '',
      names: clause === '' || outside !== '' ? ['*', ...named] : named,
      typeOnly: /^type\b/.test(clause),
      line: lineAt(text, match.index),
    };
  });
}

/** Every target in `[text](target)`, `[name]: target`, `src="target"` and `href="target"`, outside code. */
function linksOf(file: SourceFile): { target: string; line: number }[] {
  const text = file.text
    .replaceAll(/^( *)(```+|~~~+)[^\n]*\n[\s\S]*?^ *\2[^\n]*$/gm, blank)
    .replaceAll(/`[^`\n]*`/g, blank)
    .replaceAll(/<!--[\s\S]*?-->/g, blank);
  const inline = text.matchAll(/\]\(\s*<?(?<target>[^\s)>]+)>?(?:\s+["'][^)]*)?\s*\)/g);
  const reference = text.matchAll(/^ {0,3}\[[^\]^][^\]]*\]:\s*<?(?<target>[^\s>]+)/gm);
  const html = text.matchAll(/\b(?:src|href)="(?<target>[^"]+)"/g);
  return [...inline, ...reference, ...html].map((match) => ({
    target: match.groups?.['target'] ?? '',
    line: lineAt(text, match.index),
  }));
}

function productCode(files: readonly SourceFile[]): SourceFile[] {
  return files.filter(({ path }) => path.startsWith('src/') && isCode(path) && !isTest(path));
}

function isCode(path: string): boolean {
  return /\.(?:ts|tsx|mts|js|mjs)$/.test(path);
}

function isTest(path: string): boolean {
  return /\.(?:test|spec)\.tsx?$/.test(path);
}

/** `core` for src/core/… and `.` for a file directly in src/. */
function folderOf(path: string): string {
  const segments = path.split('/');
  return segments.length > 2 ? (segments[1] ?? '.') : '.';
}

function parentsOf(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === '.' ? ['.'] : [parent, ...parentsOf(parent)];
}

function findAll(file: SourceFile, pattern: RegExp, complaint: string): string[] {
  return findIn(file.path, withoutComments(file.text), pattern, complaint);
}

function findIn(path: string, text: string, pattern: RegExp, complaint: string): string[] {
  return [...text.matchAll(pattern)].map(
    (match) => `${path}:${lineAt(text, match.index)}: ${complaint} (${match[0].trim()})`,
  );
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

// Strings and regular expressions are matched first, so that a `//` inside them is not taken for a comment.
const stringOrComment =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[=(,:[!&|?{};\n]\s*|\breturn\s)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** The text with its comments turned to blanks, so that places stay where they were. */
function withoutComments(text: string): string {
  return text.replaceAll(stringOrComment, (part) => (/^\/[/*]/.test(part) ? blank(part) : part));
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}
