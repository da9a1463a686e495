const MOST_DECODINGS = 5;

/**
 * Whether any server may take a segment of a path for `.` or `..`, or for more than one segment with such among them.
 * Servers differ on how often they decode, on `\\`, on what follows `;` or NUL, on white space and control characters
 * around the dots, and on dots and slashes in more bytes than UTF-8 allows.
 */
export function climbs(segment: string): boolean {
  let plain = segment;
  for (let before = '', rounds = 0; before !== plain; rounds++) {
    // Encoded over and over, a segment can only be meant to hide something.
    if (rounds > MOST_DECODINGS) return true;
    before = plain;
    plain = plain
      .replaceAll(/%u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
      .replaceAll(/%([0-9a-f]{2})/gi, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)));
  }
  if (plain.includes('\0') || OVERLONG.test(plain)) return true;
  // Until here every byte was a character; servers read UTF-8.
  return [plain, Buffer.from(plain, 'latin1').toString()].some((text) =>
    text.split(SLASH).some((part) => DOTS.test(part)),
  );
}

/** The first bytes of UTF-8 sequences longer than their character needs (RFC 3629 §3), whatever they stand for. */
const OVERLONG = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]|[\xf8-\xfd][\x80-\xbf]/;

/** Also what compatibility normalisation (NFKC) makes a slash or a dot of. */
const SLASH = /[/\\\uff0f\uff3c]/;
const DOTS = /^[\0-\x20\x7f]*(?:[.\uff0e\u2024]{1,2}|\u2025)[\0-\x20\x7f]*(?:;.*)?$/s;
