import { secretPart } from '../core/credential.ts';
import type { Meter, MeterEnd, MeterSnapshot } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import { NO_BYTES } from './lastByte.ts';

/** Anything shorter occurs by chance. */
const SHORTEST_SECRET_BYTES = 8;

/** Puts a watch for the provider's credential before a meter; the meter itself where there is nothing to watch for. */
export function watchedFor(credential: string | null, meter: Meter): Meter {
  if (credential === null || credential === '') return meter;
  const secrets = secretsOf(credential);
  return secrets.length === 0 ? meter : new CredentialMeter(meter, secrets);
}

/**
 * Breaks off an answer that shows the provider's credential, before a byte of it is passed on. The end of a chunk that
 * may be the credential's beginning waits for the next one: in nearly all answers that is never.
 */
class CredentialMeter implements Meter {
  readonly #meter: Meter;
  readonly #secrets: readonly Buffer[];
  #waiting: Buffer = NO_BYTES;

  constructor(meter: Meter, secrets: readonly Buffer[]) {
    this.#meter = meter;
    this.#secrets = secrets;
  }

  push(chunk: Buffer): Buffer {
    const bytes = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    let free = bytes.length;
    for (const secret of this.#secrets) {
      if (bytes.includes(secret)) throw shown();
      free = Math.min(free, beginningOf(secret, bytes));
    }
    this.#waiting = free === bytes.length ? NO_BYTES : bytes.subarray(free);
    if (free === 0) return NO_BYTES;
    return this.#meter.push(free === bytes.length ? bytes : bytes.subarray(0, free));
  }

  end(): MeterEnd {
    const last = this.#waiting.length === 0 ? NO_BYTES : this.#meter.push(this.#waiting);
    const end = this.#meter.end();
    return last.length === 0 ? end : { ...end, held: Buffer.concat([last, end.held]) };
  }

  snapshot(): MeterSnapshot {
    return this.#meter.snapshot();
  }
}

/** Where bytes end with a beginning of the secret; their length when they do not. */
function beginningOf(secret: Buffer, bytes: Buffer): number {
  const first = secret[0] as number;
  const { length } = bytes;
  for (
    let at = bytes.indexOf(first, Math.max(0, length - secret.length + 1));
    at !== -1;
    at = bytes.indexOf(first, at + 1)
  ) {
    if (bytes.compare(secret, 0, length - at, at, length) === 0) return at;
  }
  return length;
}

const known = new Map<string, readonly Buffer[]>();
/** Far more credentials than there are providers: bounds what rotated ones leave behind. */
const MOST_KNOWN = 1000;

/** As it stands in text, and as JSON writes it, with `/` escaped or not. */
function secretsOf(credential: string): readonly Buffer[] {
  let secrets = known.get(credential);
  if (!secrets) {
    const plain = secretPart(credential);
    const text = Buffer.byteLength(plain) < SHORTEST_SECRET_BYTES ? credential : plain;
    const escaped = JSON.stringify(text).slice(1, -1);
    secrets = [...new Set([text, escaped, escaped.replaceAll('/', String.raw`\/`)])]
      .map((one) => Buffer.from(one))
      .filter(({ length }) => length >= SHORTEST_SECRET_BYTES);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(credential, secrets);
  }
  return secrets;
}

function shown(): Fault {
  return new Fault(
    'upstream_bad_answer',
    'The provider’s answer shows the operator’s credential, so it is not passed on. Tell the operator.',
    { private: 'the answer held the credential that it was called with' },
  );
}
