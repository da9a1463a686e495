import { isIPv4, readAddress, writeAddress } from './address.ts';
import type { FieldError } from './fault.ts';
import { hopsNearestFirst } from './forwarded.ts';

/** Where addresses are read to. Reading and using one is a single synchronous step, so sharing it is safe and costs a request nothing. */
const scratch = new DataView(new ArrayBuffer(16));

/** The one text of an address (dotted IPv4, else RFC 5952), or null. Zones, ports, brackets, spaces and legacy forms are no addresses. */
export function canonicalAddress(text: string): string | null {
  if (!readAddress(text, scratch)) return null;
  return text.includes(':') ? writeAddress(scratch) : text;
}

/**
 * The client's address by what may be believed: the peer of the socket; where that is a trusted proxy, the nearest
 * hop that is not; where all are trusted, the farthest. Null: it cannot be told, because a hop on that walk is not an
 * address. `lines` are the raw lines of the header that the operator named (lower case): `x-forwarded-for`,
 * `forwarded` (RFC 7239), or one that holds a single address.
 */
export function clientAddress(
  peer: string | undefined,
  lines: readonly string[],
  trusted: AddressSet | null,
  header = 'x-forwarded-for',
): string | null {
  let address = canonicalAddress(peer ?? '');
  if (trusted === null || address === null || !trusted.has(address)) return address;
  for (const hop of hopsNearestFirst(header, lines)) {
    address = canonicalAddress(hop ?? '');
    if (address === null || !trusted.has(address)) return address;
  }
  return address;
}

/** Most entries of one list (T23). */
export const MAX_ADDRESS_ENTRIES = 50;

export type AddressList =
  | { readonly ok: true; readonly entries: string[] }
  | { readonly ok: false; readonly errors: FieldError[] };

/**
 * Reads addresses and networks (CIDR) into canonical form: single addresses without prefix, IPv4-mapped ones as IPv4.
 * `0.0.0.0/0` is every IPv4 address and no IPv6 one: all of both takes `::/0` too. Every faulty entry is named.
 */
export function parseAddressList(entries: readonly string[], pointer: string): AddressList {
  if (entries.length > MAX_ADDRESS_ENTRIES) {
    const detail = `${entries.length} entries are too many: a list holds ${MAX_ADDRESS_ENTRIES}. Join neighbours into networks, or remove some.`;
    return { ok: false, errors: [{ pointer, detail }] };
  }
  const positions = new Map<string, number>();
  const errors: FieldError[] = [];
  for (const [index, entry] of entries.entries()) {
    const fault = (says: string) => {
      errors.push({ pointer: `${pointer}/${index}`, detail: `Entry ${index + 1} (${quoted(entry)}) ${says}` });
    };
    const network = parseNetwork(entry);
    if (typeof network === 'string') {
      fault(network);
      continue;
    }
    const text = writeNetwork(network);
    const first = positions.get(text);
    if (first === undefined) positions.set(text, index);
    else fault(`repeats entry ${first + 1}: both are ${text}. Remove one of them.`);
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, entries: [...positions.keys()] };
}

/** A canonical list, compiled; null when it is empty. */
export function addressSet(entries: readonly string[]): AddressSet | null {
  return entries.length === 0 ? null : new AddressSet(entries);
}

/** Answers whether an address lies in any network of a list, without allocating. IPv4 and IPv6 never match each other. */
export class AddressSet {
  /** Network and mask, one pair after the other: 4 bytes each for IPv4, 16 bytes each for IPv6. */
  readonly #ipv4: DataView;
  readonly #ipv6: DataView;

  /** Takes what `parseAddressList` answered. Anything else throws a RangeError, so that no list shrinks unnoticed. */
  constructor(entries: readonly string[]) {
    const ipv4: number[] = [];
    const ipv6: number[] = [];
    for (const entry of entries) {
      const { bytes, prefix } = networkOf(entry);
      if (isIPv4(bytes)) ipv4.push(bytes.getUint32(12), maskWord(prefix, 12));
      else ipv6.push(...WORDS.map((at) => bytes.getUint32(at)), ...WORDS.map((at) => maskWord(prefix, at)));
    }
    this.#ipv4 = pack(ipv4);
    this.#ipv6 = pack(ipv6);
  }

  /** Text that is no address throws a RangeError: neither answer would be safe for allow and deny lists both. */
  has(address: string): boolean {
    if (!readAddress(address, scratch)) throw new RangeError(`Not an address: ${quoted(address)}`);
    return isIPv4(scratch) ? holds(this.#ipv4, 12) : holds(this.#ipv6, 0);
  }
}

/** Whether the address in `scratch`, from byte `from` on, lies in one of the packed networks. */
function holds(networks: DataView, from: number): boolean {
  const size = 16 - from;
  for (let start = 0; start < networks.byteLength; start += 2 * size) {
    let at = 0;
    while (at < size) {
      const difference = scratch.getUint32(from + at) ^ networks.getUint32(start + at);
      if ((difference & networks.getUint32(start + size + at)) !== 0) break;
      at += 4;
    }
    if (at === size) return true;
  }
  return false;
}

/** Where the four words of an address begin. */
const WORDS = [0, 4, 8, 12];

function pack(words: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(words.length * 4));
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word);
  return view;
}

/** The bits that a prefix covers in the word beginning at byte `at`. */
function maskWord(prefix: number, at: number): number {
  const bits = Math.min(32, Math.max(0, prefix - 8 * at));
  return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
}

/** Without host bits, so that IPv4 bytes mean an IPv4 network. Prefix counted in 16 bytes: for IPv4, 96 more than people write. */
interface Network {
  readonly bytes: DataView;
  readonly prefix: number;
}

/** One entry of a list, or what is wrong with it. */
function parseNetwork(entry: string): Network | string {
  const slash = entry.indexOf('/');
  const address = slash < 0 ? entry : entry.slice(0, slash);
  const bytes = new DataView(new ArrayBuffer(16));
  if (!readAddress(address, bytes)) {
    return 'is not an address or network. Write it like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.';
  }
  if (slash < 0) return { bytes, prefix: 128 };
  const digits = entry.slice(slash + 1);
  const most = address.includes(':') ? 128 : 32;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > most) {
    return `needs a whole number from 0 to ${most} after the slash.`;
  }
  const prefix = Number(digits) + 128 - most;
  if (prefix < 96 && isIPv4(bytes)) {
    return 'reaches beyond IPv4 (::ffff:0:0/96). Write the IPv4 network itself, like 10.0.0.0/8.';
  }
  const network = { bytes: pack(WORDS.map((at) => bytes.getUint32(at) & maskWord(prefix, at))), prefix };
  if (WORDS.every((at) => network.bytes.getUint32(at) === bytes.getUint32(at))) return network;
  return `has host bits set: write ${writeNetwork(network)}, or ${writeAddress(bytes)} for one address.`;
}

/** Whether every network of `inner` lies within one of `outer`. Both are what `parseAddressList` answered. */
export function liesWithin(inner: readonly string[], outer: readonly string[]): boolean {
  const wider = outer.map(networkOf);
  return inner.map(networkOf).every((network) => wider.some((one) => covers(one, network)));
}

function networkOf(entry: string): Network {
  const network = parseNetwork(entry);
  if (typeof network === 'string') throw new RangeError(`Not a canonical list: ${quoted(entry)} ${network}`);
  return network;
}

/** IPv4 and IPv6 never cover each other, as they never match each other. */
function covers(outer: Network, { bytes, prefix }: Network): boolean {
  if (isIPv4(outer.bytes) !== isIPv4(bytes) || outer.prefix > prefix) return false;
  return WORDS.every((at) => (bytes.getUint32(at) & maskWord(outer.prefix, at)) >>> 0 === outer.bytes.getUint32(at));
}

function writeNetwork(network: Network): string {
  const { bytes, prefix } = network;
  if (prefix === 128) return writeAddress(bytes);
  return `${writeAddress(bytes)}/${isIPv4(bytes) ? prefix - 96 : prefix}`;
}

/** Shortened and printable: the message ends up in logs and terminals. */
function quoted(entry: string): string {
  const text = entry.length > 60 ? `${entry.slice(0, 57)}...` : entry;
  return `"${text.replaceAll(/[^ -~]/g, '?')}"`;
}
