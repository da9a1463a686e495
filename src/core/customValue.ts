import { COMMON_PASSWORDS } from './commonPasswords.ts';

/** What a value that somebody chose is made of: all of it may stand behind `Bearer` (RFC 6750 §2.1). */
const SHAPE = /^[A-Za-z0-9_-]{16,128}$/;
/** Bits a value must have at least by our estimate: guessing it at a million tries a second takes longer than anyone has. */
export const FEWEST_BITS = 80;

/** Whether a value has the form of one that somebody chose. Those of our own prefix are generated, or no key at all. */
export function isCustomShape(value: string, keyPrefix: string): boolean {
  return SHAPE.test(value) && !value.startsWith(keyPrefix);
}

/** What is wrong with a value that somebody chose for a key of this name, or null. Says nothing of the value itself. */
export function customValueError(value: string, name: string, keyPrefix: string): string | null {
  if (value.length < 16 || value.length > 128) return `A value has 16 to 128 characters, and this one ${value.length}.`;
  if (!SHAPE.test(value)) return 'A value is made of A-Z, a-z, 0-9, hyphen and underscore. Leave out anything else.';
  if (value.toLowerCase().startsWith(keyPrefix.toLowerCase()))
    return `Values that begin with ${keyPrefix} are generated ones. Choose another beginning, or leave the value out.`;
  if (containsName(value, name)) return 'The value contains the name of the key, which others see. Choose another.';
  if (strengthOf(value) >= FEWEST_BITS) return null;
  return 'This value is too easy to guess: it is short, repeats itself, or is made of words or sequences. Use 24 or more random characters, or leave the value out and have one generated.';
}

/** Of short names every longer value would contain some. */
function containsName(value: string, name: string): boolean {
  const [text, named] = [value, name].map((one) => one.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, ''));
  return named !== undefined && named.length >= 4 && text?.includes(named) === true;
}

/**
 * Bits of a value as an attacker sees it who tries words, sequences and repetitions first: a sum over its pieces, each
 * taken for the cheapest it can be. An estimate from below for what people make up; random values lose little by it.
 */
export function strengthOf(value: string): number {
  // Of an alphabet a value of such a length shows about half, when it is random.
  const perCharacter = Math.min(classBits(value), Math.log2(2 * new Set(value).size));
  let bits = 0;
  for (let at = 0; at < value.length;) {
    const piece = pieceAt(value, at, perCharacter);
    bits += piece.bits;
    at += piece.length;
  }
  return bits;
}

interface Piece {
  readonly length: number;
  readonly bits: number;
}

/** The piece at a place that saves an attacker most. */
function pieceAt(value: string, at: number, perCharacter: number): Piece {
  const rest = value.slice(at);
  const pieces: Piece[] = [{ length: 1, bits: perCharacter }];
  const run = runLength(rest);
  if (run >= 3) pieces.push({ length: run, bits: perCharacter + Math.log2(run) });
  const again = repeatedLength(value, at);
  if (again >= 3) pieces.push({ length: again, bits: Math.log2(at + 1) + Math.log2(again) });
  const word = commonLength(rest);
  if (word >= 4) pieces.push({ length: word, bits: COMMON_BITS });
  const like = wordLike(rest);
  if (like >= 4) pieces.push({ length: like, bits: like * WORD_BITS });
  const saved = ({ length, bits }: Piece): number => length * perCharacter - bits;
  return pieces.reduce((best, piece) => (saved(piece) > saved(best) ? piece : best));
}

/** About 600 words, in a few spellings. */
const COMMON_BITS = 11;
/** What a letter of a word is worth: the words of a language of some 5 letters are some 10,000. */
const WORD_BITS = 2.4;

function classBits(value: string): number {
  const classes: readonly (readonly [RegExp, number])[] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[_-]/, 2],
  ];
  return Math.log2(classes.reduce((sum, [pattern, size]) => sum + (pattern.test(value) ? size : 0), 0));
}

const ROWS = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const LINES = ROWS.flatMap((row) => [row, Array.from(row).toReversed().join('')]);

/** How many first characters are one character over and over, or neighbours in the alphabet, the digits or on a keyboard. */
function runLength(rest: string): number {
  const same = /^(.)\1*/.exec(rest)?.[0].length ?? 0;
  const text = rest.toLowerCase();
  let most = same;
  for (const line of LINES) {
    let length = 0;
    while (length < text.length && line.includes(text.slice(0, length + 1))) length++;
    most = Math.max(most, length);
  }
  return most;
}

/** How many characters from here on stood in the value before. */
function repeatedLength(value: string, at: number): number {
  const [before, rest] = [value.slice(0, at).toLowerCase(), value.slice(at).toLowerCase()];
  let length = 0;
  while (length < rest.length && before.includes(rest.slice(0, length + 1))) length++;
  return length;
}

/** The longest of the common passwords that stands here. */
function commonLength(rest: string): number {
  const text = rest.toLowerCase();
  for (let length = Math.min(text.length, 16); length >= 4; length--)
    if (COMMON_PASSWORDS.has(text.slice(0, length))) return length;
  return 0;
}

/** Letters of one case, with about as many vowels as words have. */
function wordLike(rest: string): number {
  const letters = /^(?:[A-Z]?[a-z]{3,}|[A-Z]{4,})/.exec(rest)?.[0] ?? '';
  const vowels = letters.replaceAll(/[^aeiouyAEIOUY]/g, '').length;
  return vowels >= letters.length * 0.2 ? letters.length : 0;
}
