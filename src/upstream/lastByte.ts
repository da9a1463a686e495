export const NO_BYTES: Buffer = Buffer.alloc(0);

/** Passes bytes on one late: the last byte so far is always kept back. */
export class LastByte {
  held: Buffer = NO_BYTES;

  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return NO_BYTES;
    const before = this.held;
    const last = chunk.length - 1;
    this.held = chunk.subarray(last);
    return before.length === 0 ? chunk.subarray(0, last) : Buffer.concat([before, chunk.subarray(0, last)]);
  }
}
