/** Most patterns of one user, and the longest of them. */
export const MOST_PATTERNS = 50;
export const LONGEST_PATTERN = 256;
/** A longer path matches nothing but `/**`: nobody means one, and comparing takes its time. */
const MOST_SEGMENTS = 100;
const LONGEST_SEGMENT = 1024;

/** Matches every path, also those that no other pattern may match. */
export const EVERY_PATH = '/**';

const PATTERN = /^(?:\/|(?:\/[A-Za-z0-9._~!$&'()+,;=:@*-]+)+\/?)$/;

/**
 * What is wrong with a pattern of paths, or null. Without `*` it is a prefix of whole segments: `/a/b` matches `/a/b`
 * and `/a/b/c`, not `/a/bc`. With it, it matches the whole path: `*` within one segment, `**` any number of them.
 */
export function patternError(pattern: string): string | null {
  if (pattern.length > LONGEST_PATTERN) return `A pattern has at most ${LONGEST_PATTERN} characters.`;
  if (!PATTERN.test(pattern))
    return 'A pattern begins with `/` and holds no empty segment, no `%` and no `?`. Write it like /collections/a/**.';
  const segments = split(pattern);
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return 'A pattern holds no "." or ".." segments: no path with them is ever matched.';
  if (segments.some((segment) => segment.includes('**') && segment !== '**'))
    return '`**` stands for whole segments: write /a/** and not /a**.';
  return null;
}

/**
 * Whether one of the patterns matches the path that a request asks for (null: it cannot be told), as it was sent and
 * without its query. What a server behind may read as another path matches `/**` alone.
 */
export function matchesPath(patterns: readonly string[], path: string | null): boolean {
  if (patterns.includes(EVERY_PATH)) return true;
  const segments = path === null ? null : segmentsOf(path);
  return segments !== null && patterns.some((pattern) => matches(split(pattern), segments, !pattern.includes('*')));
}

function split(path: string): string[] {
  const inner = path.endsWith('/') ? path.slice(1, -1) : path.slice(1);
  return inner === '' ? [] : inner.split('/');
}

/** The segments as a server reads them; null where servers may differ about them. */
function segmentsOf(path: string): string[] | null {
  if (!path.startsWith('/') || path.includes('?') || path.includes('#')) return null;
  const segments = split(path).map(decoded);
  if (segments.length > MOST_SEGMENTS || segments.some(({ length }) => length > LONGEST_SEGMENT)) return null;
  return segments.every(isPlain) ? segments : null;
}

function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

/** Not empty, climbs nowhere, is one segment however often it is decoded, and has nothing that servers cut off. */
function isPlain(segment: string): boolean {
  return segment !== '' && !/^\.\.?(?:;|$)/.test(segment) && !/[/\\%\p{Cc}]/u.test(segment);
}

/** One place to come back to is enough: what a later `**` takes, an earlier one need not. */
function matches(pattern: readonly string[], segments: readonly string[], isPrefix: boolean): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  let index = 0;
  while (index < segments.length) {
    const part = pattern[at];
    if (part === '**') {
      star = at++;
      resumeAt = index;
    } else if (part !== undefined && matchesSegment(part, segments[index] ?? '')) {
      at++;
      index++;
    } else if (isPrefix && at === pattern.length) {
      return true;
    } else if (star !== -1) {
      at = star + 1;
      index = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === '**') at++;
  return at === pattern.length;
}

/** As `matches`, of the characters of one segment. */
function matchesSegment(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return pattern === text;
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  let index = 0;
  while (index < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resumeAt = index;
    } else if (pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star !== -1) {
      at = star + 1;
      index = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
