import type { Clock, NewId, Random } from './ambient.ts';

/** In the order of ASCII, so that the text of a number of fixed width sorts as the number does. */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^8 milliseconds reach beyond the year 8800. */
const TIME_LENGTH = 8;
const RANDOM_LENGTH = 14;
/** Bytes at and above this would favour some characters. */
const FAIR = 256 - (256 % ALPHABET.length);

/**
 * Ids of 8 characters of time and 14 random ones (83 bits) behind a prefix. They begin with the time so that rows made
 * one after the other lie beside each other in an index: a random primary key touches a page of its own for every row.
 * Randomness is drawn in blocks, because an id is made for every request.
 */
export function idMaker(random: Random, clock: Clock): NewId {
  let block = random(0);
  let next = 0;
  let timeMs = -1;
  let timeText = '';
  return (prefix) => {
    const nowMs = clock();
    if (nowMs !== timeMs) {
      timeMs = nowMs;
      timeText = textOf(nowMs);
    }
    let id = `${prefix}_${timeText}`;
    for (let length = 0; length < RANDOM_LENGTH;) {
      if (next >= block.length) {
        block = random(4096);
        next = 0;
      }
      const byte = block[next++] ?? FAIR;
      if (byte >= FAIR) continue;
      id += ALPHABET.charAt(byte % ALPHABET.length);
      length++;
    }
    return id;
  };
}

function textOf(ms: number): string {
  let text = '';
  for (let rest = Math.max(0, Math.floor(ms)); text.length < TIME_LENGTH; rest = Math.floor(rest / ALPHABET.length)) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
  }
  return text;
}
