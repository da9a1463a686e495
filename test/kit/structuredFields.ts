/** An item of a Structured Field List whose items are Strings, as the RateLimit fields are. */
export interface Item {
  readonly name: string;
  /** A String keeps its quotes, so that it is told from an Integer. */
  readonly parameters: Record<string, number | string>;
}

/** Reads a List strictly (RFC 9651 §4.2): anything that a parser of the standard would refuse throws. */
export function readList(text: string): Item[] {
  const items: Item[] = [];
  let rest = text;
  const take = (pattern: RegExp, what: string): string => {
    const match = pattern.exec(rest);
    if (!match || match.index !== 0) throw new SyntaxError(`${what} expected at “${rest}” of “${text}”`);
    rest = rest.slice(match[0].length);
    return match[0];
  };
  for (;;) {
    const name = take(/"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/, 'a String').slice(1, -1);
    const parameters: Record<string, number | string> = {};
    while (rest.startsWith(';')) {
      take(/; */, 'a parameter');
      const key = take(/[a-z*][a-z0-9_.*-]*/, 'a key');
      if (key in parameters) throw new SyntaxError(`${key} occurs twice in “${text}”`);
      take(/=/, 'a value');
      parameters[key] = rest.startsWith('"')
        ? take(/"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/, 'a String')
        : Number(take(/-?\d{1,15}(?![\d.])/, 'an Integer'));
    }
    items.push({ name, parameters });
    if (rest === '') return items;
    take(/[ \t]*,[ \t]*/, 'a comma');
  }
}
