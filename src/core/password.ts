import { COMMON_PASSWORDS } from './commonPasswords.ts';

/** NIST SP 800-63B-4: 15 where the password stands alone, 8 where a second factor is asked for too; no rules of composition. */
export const SHORTEST_ALONE = 15;
export const SHORTEST_WITH_SECOND_FACTOR = 8;
export const LONGEST_PASSWORD = 128;

/** Why a password may not be chosen, and what to do; undefined when it may. */
export function passwordComplaint(
  password: string,
  { email, name, twoFactor }: { readonly email: string; readonly name: string; readonly twoFactor: boolean },
): string | undefined {
  const shortest = twoFactor ? SHORTEST_WITH_SECOND_FACTOR : SHORTEST_ALONE;
  const weakness = weaknessOf(password, shortest, [email, name]);
  if (weakness === 'short' && !twoFactor)
    return `A password that stands alone needs at least ${shortest} characters; several words are easy to remember. With a second factor ${SHORTEST_WITH_SECOND_FACTOR} are enough.`;
  if (weakness === 'known') return 'The password contains your e-mail or your name, which others know. Choose another.';
  return weakness && saying(weakness, shortest);
}

/** As `passwordComplaint`, of a password that programs hold: there is no second factor, and no person to speak to. */
export function programPasswordComplaint(password: string, facts: readonly string[]): string | undefined {
  const weakness = weaknessOf(password, SHORTEST_ALONE, facts);
  if (weakness === 'known') return 'The password contains the name of the user or of the service. Choose another.';
  return weakness && saying(weakness, SHORTEST_ALONE);
}

type Weakness = 'short' | 'long' | 'common' | 'known';

function saying(weakness: Exclude<Weakness, 'known'>, shortest: number): string {
  switch (weakness) {
    case 'short':
      return `A password needs at least ${shortest} characters.`;
    case 'long':
      return `A password has at most ${LONGEST_PASSWORD} characters.`;
    case 'common':
      return 'This password, or one much like it, is among the first that are tried. Choose another.';
  }
}

function weaknessOf(password: string, shortest: number, facts: readonly string[]): Weakness | undefined {
  const length = Array.from(password.normalize('NFC')).length;
  if (length < shortest) return 'short';
  if (length > LONGEST_PASSWORD) return 'long';
  if (isCommon(password)) return 'common';
  return isAbout(password, facts) ? 'known' : undefined;
}

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn',
];

/** One of the list, also with other case, digits and signs around it or for letters; repeated; or a run of the keyboard. */
function isCommon(password: string): boolean {
  const text = password.toLowerCase();
  const forms = [text, unit(text)].flatMap((one) => [
    one,
    core(one),
    leetless(one),
    core(leetless(one)),
    leetless(core(one)),
  ]);
  return forms.some((form) => COMMON_PASSWORDS.has(form) || COMMON_PASSWORDS.has(unit(form))) || isRun(text);
}

function leetless(text: string): string {
  return Array.from(text)
    .map((character) => LEET[character] ?? character)
    .join('');
}

/** Without what is put around a word to make it longer. */
function core(text: string): string {
  return text.replace(/^[^a-z]+/, '').replace(/[^a-z]+$/, '');
}

/** `abcabcabc` is no more than `abc`. */
function unit(text: string): string {
  return /^(.+?)\1+$/.exec(text)?.[1] ?? text;
}

/** A short piece over and over, or neighbours all along. */
function isRun(text: string): boolean {
  const piece = unit(text);
  if (piece.length <= 4 && piece !== text) return true;
  const rows = ROWS.flatMap((row) => [row, Array.from(row).toReversed().join('')]);
  let rest = piece;
  while (rest.length >= 3) {
    const size = Math.max(...rows.map((row) => shared(rest, row)));
    if (size < 3) return false;
    rest = rest.slice(size);
  }
  return true;
}

/** How many of the first characters stand together in a row. */
function shared(text: string, row: string): number {
  let size = 0;
  while (size < text.length && row.includes(text.slice(0, size + 1))) size++;
  return size;
}

function isAbout(password: string, facts: readonly string[]): boolean {
  const text = password.toLowerCase();
  const pieces = facts.flatMap((fact) => {
    const whole = fact.toLowerCase();
    return [whole, whole.split('@')[0] ?? '', ...whole.split(/[\s.@_+-]+/)];
  });
  return pieces.some((piece) => {
    const long = Array.from(piece).length >= 4;
    // A short name inside a long sentence of a password gives nothing away; most of the password does.
    return long && text.includes(piece) && (piece.length >= 6 || piece.length * 2 >= text.length);
  });
}
