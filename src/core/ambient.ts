/* What no pure function can make by itself, so that it is given to it. */

/** Milliseconds since the epoch. */
export type Clock = () => number;
/** Cryptographically strong bytes. */
export type Random = (size: number) => Uint8Array;
/** A new id: the prefix, an underscore, and enough randomness to be unguessable and unique (`key_…`). */
export type NewId = (prefix: string) => string;
