import { Marked, type Token, type Tokens } from 'marked';

/** What of a section has to be the same in every language. Blocks stand in their order, the rest is sorted. */
interface Section {
  /** As this page has it. */
  readonly name: string;
  readonly 'level of the heading': number;
  readonly 'code blocks': string[];
  /** Of each table its rows, and of each row the inline code of its cells. */
  readonly tables: string[];
  readonly links: string[];
  readonly 'inline code': string[];
  readonly 'bold words': number;
  readonly lists: number;
  readonly 'list items': number;
  readonly paragraphs: number;
}

/** How a translated page no longer fits its original: one line for each thing, with the section and what differs. */
export function misfits(page: string, original: string, translated: string): string[] {
  const ours = sectionsOf(original);
  const theirs = sectionsOf(translated);
  const found = ours.flatMap((our, at) => {
    const their = theirs[at];
    const where = `${page}, “${our.name}”`;
    if (!their) return [`${where}: the section is missing`];
    return (Object.keys(our) as (keyof Section)[])
      .filter((thing) => thing !== 'name' && JSON.stringify(our[thing]) !== JSON.stringify(their[thing]))
      .map((thing) => `${where} (“${their.name}”): ${thing}: ${difference(our[thing], their[thing])}`);
  });
  const more = theirs.slice(ours.length).map(({ name }) => `${page}, “${name}”: the section is not in the original`);
  return [...found, ...more];
}

/**
 * What does not read as Chinese: pieces that were left as they were (a name alone, `API Key`, is the same in every language),
 * words that touch Latin ones without a space, Latin punctuation.
 */
export function unchinese(page: string, text: string): string[] {
  return piecesOf(text).flatMap((piece) => [
    ...(/[a-z]{2} [a-z]/.test(spaced(piece)) && !/\p{Script=Han}/u.test(piece)
      ? [`${page}: not in Chinese: ${piece}`]
      : []),
    ...(/\p{Script=Han}[\w`]|[\w`%]\p{Script=Han}/u.exec(spaced(piece)) ? [`${page}: no space: ${piece}`] : []),
    ...(/\p{Script=Han} ?[,;:?!](?!\/)|\p{Script=Han}\./u.test(piece) ? [`${page}: Latin punctuation: ${piece}`] : []),
    ...(spaced(piece).includes('**') ? [`${page}: ** is shown as it stands: ${piece}`] : []),
  ]);
}

function sectionsOf(text: string): Section[] {
  const sections: { -readonly [Thing in keyof Section]: Section[Thing] }[] = [];
  for (const token of tokensOf(text)) {
    const section = sections.at(-1);
    if (token.type === 'heading') {
      const { text: name, depth } = token as Tokens.Heading;
      sections.push({
        name,
        'level of the heading': depth,
        'code blocks': [],
        tables: [],
        links: [],
        'inline code': [],
        'bold words': 0,
        lists: 0,
        'list items': 0,
        paragraphs: 0,
      });
    }
    if (!section) continue;
    if (token.type === 'code') section['code blocks'].push(token.raw.trim());
    if (token.type === 'table') section.tables.push(shapeOf(token as Tokens.Table));
    if (token.type === 'link') section.links.push((token as Tokens.Link).href);
    if (token.type === 'codespan') section['inline code'].push((token as Tokens.Codespan).text);
    if (token.type === 'strong') section['bold words'] += 1;
    if (token.type === 'list') section.lists += 1;
    if (token.type === 'list_item') section['list items'] += 1;
    if (token.type === 'paragraph') section.paragraphs += 1;
  }
  for (const section of sections) {
    section.links.sort();
    section['inline code'].sort();
  }
  return sections;
}

/** Every token, those inside others after them. */
function tokensOf(text: string): Token[] {
  const marked = new Marked({ gfm: true });
  const tokens: Token[] = [];
  void marked.walkTokens(marked.lexer(text), (token) => void tokens.push(token));
  return tokens;
}

function shapeOf({ header, rows }: Tokens.Table): string {
  const codeOf = ({ text }: Tokens.TableCell) => (text.match(/`[^`]+`/g) ?? []).toSorted().join(' ');
  return [header, ...rows].map((row) => `|${row.map(codeOf).join('|')}|`).join('\n');
}

/** The text of each paragraph, heading, list item and cell, with its inline code. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  const shown = (tokens: Token[] = []): string =>
    tokens.map((token) => ('tokens' in token && token.tokens ? shown(token.tokens) : shownAs(token))).join('');
  for (const token of tokensOf(text)) {
    if (token.type === 'paragraph' || token.type === 'heading') pieces.push(shown((token as Tokens.Paragraph).tokens));
    if (token.type === 'text' && 'tokens' in token) pieces.push(shown((token as Tokens.Text).tokens));
    if (token.type === 'table') {
      const { header, rows } = token as Tokens.Table;
      for (const cell of [header, ...rows].flat()) pieces.push(shown(cell.tokens));
    }
  }
  return pieces;
}

function shownAs(token: Token): string {
  return token.type === 'codespan' ? `\`${(token as Tokens.Codespan).text}\`` : (token as Tokens.Text).text;
}

/** What stands inside inline code is not looked at, only where it touches. */
function spaced(piece: string): string {
  return piece.replaceAll(/`[^`]*`/g, '`');
}

function difference(ours: Section[keyof Section], theirs: Section[keyof Section]): string {
  if (!Array.isArray(ours) || !Array.isArray(theirs)) return `${String(theirs)} instead of ${String(ours)}`;
  const without = (from: string[], what: string[]) => {
    const left = [...what];
    return from.filter((one) => {
      const at = left.indexOf(one);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  };
  const [missing, added] = [without(ours, theirs), without(theirs, ours)];
  if (missing.length + added.length === 0) return 'in another order';
  return [missing.length > 0 && `lacks ${missing.join(', ')}`, added.length > 0 && `has ${added.join(', ')}`]
    .filter(Boolean)
    .join('; ');
}
