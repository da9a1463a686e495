/** More than any usage object; a value that is larger counts as unreadable. */
const MAX_BYTES = 64 * 1024;

/** Takes one value out of JSON that passes in pieces, and parses it when it has ended. */
export class JsonCapture {
  /** Where the value starts in this piece; -1: there is none. */
  #start = -1;
  #parts: Buffer[] = [];
  #size = 0;

  get active(): boolean {
    return this.#start !== -1;
  }

  begin(at: number): void {
    this.#start = at;
    this.#parts = [];
    this.#size = 0;
  }

  drop(): void {
    this.#start = -1;
  }

  /** At the end of a piece: keeps the value's bytes as a copy, so that the piece is not held in memory for them. */
  keep(bytes: Buffer, end: number): void {
    this.#size += end - this.#start;
    if (this.#size <= MAX_BYTES) this.#parts.push(Buffer.from(bytes.subarray(this.#start, end)));
    this.#start = 0;
  }

  /** The value that ends before `end`; null when it cannot be parsed. */
  finish(bytes: Buffer, end: number): unknown {
    const inOnePiece = this.#size === 0;
    if (!inOnePiece) this.keep(bytes, end);
    const size = inOnePiece ? end - this.#start : this.#size;
    // Names and numbers are ASCII, so that decoding more than that would be for nothing.
    const text =
      inOnePiece && size <= MAX_BYTES
        ? bytes.toString('latin1', this.#start, end)
        : Buffer.concat(this.#parts).toString('latin1');
    this.#start = -1;
    return size > MAX_BYTES ? null : parse(text);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
