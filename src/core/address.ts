/*
 * An address is 16 bytes in network order, IPv4 at its place in IPv6 (::ffff:0:0/96), so that every spelling of one
 * address is the same bytes. The reader is our own because libraries read more than may be trusted (010.0.0.1 as
 * 8.0.0.1, zones, `::10.1.2.3` as `::ffff:10.1.2.3`) and because it runs on every request. Tested against two of them.
 */

/** Reads IPv4 or IPv6 text into 16 bytes; false, the bytes then meaning nothing, when it is not strictly an address. */
export function readAddress(text: string, into: DataView): boolean {
  // Nothing longer is an address, and a header can be long.
  if (text.length > 45) return false;
  if (text.includes(':')) return readIPv6(text, into);
  const value = readIPv4(text, 0);
  into.setUint32(0, 0);
  into.setUint32(4, 0);
  into.setUint32(8, 0xffff);
  into.setUint32(12, value);
  return value >= 0;
}

/** Dotted text for IPv4, RFC 5952 §4 text for IPv6. */
export function writeAddress(bytes: DataView): string {
  if (isIPv4(bytes)) return `${bytes.getUint8(12)}.${bytes.getUint8(13)}.${bytes.getUint8(14)}.${bytes.getUint8(15)}`;
  const { start, end } = longestZeros(bytes);
  let text = '';
  for (let group = 0; group < 8; group++) {
    if (group < start || group >= end)
      text += (group === 0 || group === end ? '' : ':') + bytes.getUint16(group * 2).toString(16);
    else if (group === start) text += '::';
  }
  return text;
}

/** The groups that `::` stands for: the longest run of zeros, the first of equals, never a single one. */
function longestZeros(bytes: DataView): { start: number; end: number } {
  let start = 8;
  let end = 8;
  for (let from = 0, to = 0; to < 8; to++) {
    if (bytes.getUint16(to * 2) !== 0) from = to + 1;
    else if (to > from && to + 1 - from > end - start) [start, end] = [from, to + 1];
  }
  return { start, end };
}

export function isIPv4(bytes: DataView): boolean {
  return bytes.getUint32(8) === 0xffff && bytes.getUint32(4) === 0 && bytes.getUint32(0) === 0;
}

const COLON = 58;
const DOT = 46;
const ZERO = 48;

/** Four decimal octets without leading zeros, from `start` to the end of the text, as one number; -1 for anything else. */
function readIPv4(text: string, start: number): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (octet < 0) return -1;
      value = value * 256 + octet;
      octet = -1;
      dots++;
      continue;
    }
    const digit = code - ZERO;
    if (digit < 0 || digit > 9 || octet === 0) return -1;
    octet = octet < 0 ? digit : octet * 10 + digit;
    if (octet > 255) return -1;
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

/** Groups of up to four hexadecimal digits, one `::` at most, the last two groups perhaps dotted (RFC 4291 §2.2). */
function readIPv6(text: string, into: DataView): boolean {
  let count = 0;
  let gap = text.startsWith('::') ? 0 : -1;
  let at = gap === 0 ? 2 : 0;
  while (at < text.length) {
    const start = at;
    let value = 0;
    for (let digit = hexAt(text, at); digit >= 0; digit = hexAt(text, ++at)) value = value * 16 + digit;
    if (text.charCodeAt(at) === DOT) {
      const tail = readIPv4(text, start);
      if (tail < 0 || count > 6) return false;
      into.setUint32(count * 2, tail);
      count += 2;
      break;
    }
    if (at === start || at - start > 4 || count === 8) return false;
    into.setUint16(count * 2, value);
    count++;
    if (at === text.length) break;
    if (text.charCodeAt(at) !== COLON || ++at === text.length) return false;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gap >= 0) return false;
    gap = count;
    at++;
  }
  if (gap < 0) return count === 8;
  if (count === 8) return false;
  openGap(gap, count, into);
  return true;
}

/** Moves the groups after `::` to the end and fills the hole with zeros. */
function openGap(gap: number, count: number, bytes: DataView): void {
  const hole = 8 - count;
  for (let group = count - 1; group >= gap; group--) bytes.setUint16((group + hole) * 2, bytes.getUint16(group * 2));
  for (let group = gap; group < gap + hole; group++) bytes.setUint16(group * 2, 0);
}

/** The hexadecimal digit at a place; -1 when there is none, also past the end, where the code is NaN. */
function hexAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= ZERO && code <= ZERO + 9) return code - ZERO;
  // Setting this bit turns A-F into a-f, and no other character into one of them.
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
