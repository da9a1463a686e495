import type { NewId, Random } from './ports.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 20;
/** Bytes at and above this would favour some characters. */
const FAIR = 256 - (256 % ALPHABET.length);

/** Ids of 20 base62 characters (119 bits) behind a prefix. Randomness is drawn in blocks: an id is made for every request. */
export function idMaker(random: Random): NewId {
  let block = random(0);
  let next = 0;
  return (prefix) => {
    let id = `${prefix}_`;
    for (let length = 0; length < LENGTH;) {
      if (next >= block.length) {
        block = random(4096);
        next = 0;
      }
      const byte = block[next++]!;
      if (byte >= FAIR) continue;
      id += ALPHABET[byte % ALPHABET.length];
      length++;
    }
    return id;
  };
}
