import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress, type Gunzip } from 'node:zlib';
import type { Headers, UpstreamCall, UpstreamSink } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';

type Decompressor = Gunzip | ReturnType<typeof createBrotliDecompress>;

/** Codings that upstreams use although they were asked for none. */
const DECOMPRESSORS: Readonly<Record<string, () => Decompressor>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * A sink that takes a compressed answer as the plain one it stands for. It holds the source back while there is more to
 * inflate, and inflates nothing while its own reader is held back: a small answer that grows beyond measure fills no memory.
 */
export class Decoding implements UpstreamSink {
  readonly #sink: UpstreamSink;
  #stream: Decompressor | undefined;
  #over = false;
  #readerPaused = false;
  /** The decompressor has not yet taken what the source sent. */
  #full = false;

  /** The call that feeds it; there once the call has begun. */
  source: UpstreamCall | undefined;

  constructor(sink: UpstreamSink) {
    this.#sink = sink;
  }

  head(status: number, headers: Headers): void {
    if (this.#over) return;
    const coding = String(headers['content-encoding'] ?? 'identity')
      .trim()
      .toLowerCase();
    if (coding === 'identity' || coding === '') return this.#sink.head(status, headers);
    const open = Object.hasOwn(DECOMPRESSORS, coding) ? DECOMPRESSORS[coding] : undefined;
    if (!open) return this.#broken(new Error(`content-encoding ${coding}`));
    this.#stream = this.#listen(open());
    const { 'content-encoding': _coding, 'content-length': _length, ...plain } = headers;
    this.#sink.head(status, plain);
  }

  data(chunk: Buffer): void {
    if (this.#over) return;
    if (!this.#stream) return this.#sink.data(chunk);
    if (this.#stream.write(chunk) || this.#full) return;
    this.#full = true;
    this.source?.pause();
  }

  end(): void {
    if (this.#over) return;
    if (this.#stream) return void this.#stream.end();
    this.#over = true;
    this.#sink.end();
  }

  fail(fault: Fault): void {
    if (this.#over) return;
    this.close();
    this.#sink.fail(fault);
  }

  pause(): void {
    this.#readerPaused = true;
    this.#stream?.pause();
    this.source?.pause();
  }

  resume(): void {
    this.#readerPaused = false;
    this.#stream?.resume();
    if (!this.#full) this.source?.resume();
  }

  /** The sink hears nothing more. */
  close(): void {
    this.#over = true;
    this.#stream?.destroy();
  }

  #listen(stream: Decompressor): Decompressor {
    stream.on('data', (chunk: Buffer) => {
      if (!this.#over) this.#sink.data(chunk);
    });
    stream.on('drain', () => {
      this.#full = false;
      if (!this.#readerPaused && !this.#over) this.source?.resume();
    });
    stream.on('end', () => {
      if (this.#over) return;
      this.#over = true;
      this.#sink.end();
    });
    stream.on('error', (cause) => this.#broken(cause));
    return stream;
  }

  #broken(cause: Error): void {
    if (this.#over) return;
    this.close();
    this.source?.abort();
    const details = { cause, private: cause.message };
    this.#sink.fail(
      new Fault(
        'upstream_bad_answer',
        'The provider of this model sent an answer that cannot be decompressed.',
        details,
      ),
    );
  }
}
