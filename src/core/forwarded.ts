/**
 * The hops that header lines name, nearest first, each as the address text it holds or null where it holds none.
 * Several lines are one list. The nearest hop is the one our own peer wrote; what lies further left came from outside.
 * Nothing is skipped: passing over a hop that cannot be read would hand the decision to the one before it, which the
 * client may have written. Lines are read only as far as the caller walks.
 */
export function* hopsNearestFirst(header: string, lines: readonly string[]): Generator<string | null> {
  const read = header === 'forwarded' ? forwardedHops : header === 'x-forwarded-for' ? listedHops : undefined;
  if (read) {
    for (const line of lines.toReversed()) yield* read(line).toReversed();
    return;
  }
  // A header of one address: sent twice, nobody can tell which one our proxy wrote.
  if (lines.length > 1) yield null;
  for (const line of lines) yield line.trim();
}

/** X-Forwarded-For has no standard: bare addresses as a rule, `1.2.3.4:567` and `[::1]:567` from some proxies. */
function listedHops(line: string): (string | null)[] {
  return line.split(',').map((hop) => nodeAddress(hop.trim()) ?? hop.trim());
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** One `name=value` (or nothing) and what ends it. Built so that no run of characters can be matched in two ways. */
const PAIR = new RegExp(`[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)")[ \\t]*)?([;,]|$)`, 'y');

/**
 * Forwarded (RFC 7239 §4): elements parted by commas, each of pairs parted by semicolons, values perhaps quoted. A
 * line that breaks the grammar counts as one unreadable hop: half a quote from a client must not swallow what a proxy added.
 */
function forwardedHops(line: string): (string | null)[] {
  const hops: (string | null)[] = [];
  let node: string | undefined;
  PAIR.lastIndex = 0;
  for (;;) {
    const pair = PAIR.exec(line);
    if (!pair) return [null];
    const [, name = '', token, quotedText = '', end] = pair;
    if (name.toLowerCase() === 'for') {
      if (node !== undefined) return [null];
      node = token ?? quotedText.replaceAll(/\\(.)/g, '$1');
    }
    if (end === ';') continue;
    hops.push(node === undefined ? null : nodeAddress(node));
    node = undefined;
    if (end === '') return hops;
  }
}

/** RFC 7239 §6: IPv4, or IPv6 in brackets, perhaps with a port. `unknown` and `_hidden` name no address: null. */
const NODE = /^(?:\[([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)\]|([0-9.]+))(?::(?:[0-9]{1,5}|_[0-9A-Za-z._-]+))?$/;

function nodeAddress(node: string): string | null {
  return NODE.test(node) ? node.replace(NODE, '$1$2') : null;
}
