/** The member names of providers' answers that the meter reacts to, as small numbers. 0 is every other name. */
export const NAMES = {
  usage: 1,
  type: 2,
  error: 3,
  choices: 4,
  message: 5,
  response: 6,
  output: 7,
  // From here on, a string under this name is text the model wrote.
  content: 8,
  delta: 9,
  text: 10,
  reasoning_content: 11,
  reasoning: 12,
  refusal: 13,
  arguments: 14,
  partial_json: 15,
  thinking: 16,
} as const;

export type MemberCode = 0 | (typeof NAMES)[keyof typeof NAMES];

/** Length and last letter tell these names apart; a new one that does not fit fails the test beside this file. */
const LETTERS: Uint8Array[] = [];
const LONGEST = Math.max(...Object.keys(NAMES).map((name) => name.length));
const BY_SHAPE = new Uint8Array((LONGEST + 1) * 256);
for (const [name, code] of Object.entries(NAMES)) {
  LETTERS[code] = Buffer.from(name);
  BY_SHAPE[name.length * 256 + name.charCodeAt(name.length - 1)] = code;
}

export function isText(code: MemberCode): boolean {
  return code >= NAMES.content;
}

/** The code of the name between two quotes. A name written with escapes is not recognised: no provider does that. */
export function nameCode(bytes: Buffer, start: number, end: number): MemberCode {
  const length = end - start;
  if (length === 0 || length > LONGEST) return 0;
  const code = BY_SHAPE[length * 256 + (bytes[end - 1] as number)] as MemberCode;
  if (code === 0) return 0;
  const letters = LETTERS[code] as Uint8Array;
  for (let at = 0; at < length; at += 1) if (bytes[start + at] !== letters[at]) return 0;
  return code;
}
