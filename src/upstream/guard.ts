import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { carriedAddresses } from '../core/globalAddress.ts';
import { AddressSet, canonicalAddress } from '../core/network.ts';

/**
 * Addresses where clouds serve credentials to whoever asks from the machine, and link-local ones in general. An
 * upstream there is refused unless the operator allows it. Private addresses are not refused: own model servers live there.
 */
const METADATA = new AddressSet([
  '169.254.0.0/16',
  '100.100.100.200',
  '192.0.0.192',
  'fe80::/10',
  'fd00:ec2::254',
  'fd20:ce::254',
]);

const METADATA_NAMES = new Set(['metadata.google.internal', 'metadata.goog', 'instance-data', 'metadata']);

/** Why a host may not be an upstream; null when it may. Names are looked at again when they are resolved. */
export function refuseHost(hostname: string): string | null {
  const bare = bareHost(hostname);
  const address = canonicalAddress(bare);
  const refused =
    METADATA_NAMES.has(bare) ||
    (address !== null && [address, ...carriedAddresses(address)].some((one) => METADATA.has(one)));
  return refused
    ? 'This is a link-local or cloud metadata address. Set KEYWARD_ALLOW_METADATA_ADDRESSES=yes if it is meant.'
    : null;
}

/** A URL's host, or an address of a look-up, without brackets, zone and final dots. */
export function bareHost(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/\.+$/, '')
    .toLowerCase();
}

type Done = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;
type Lookup = (hostname: string, options: LookupOptions, done: Done) => void;
/** A look-up of every address of a name. */
type LookupAll = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: Error | null, found: LookupAddress[]) => void,
) => void;

/** A look-up that refuses names which resolve to such an address, at the moment of connecting: what was checked is what is used. */
export function guarding(lookup: LookupAll): Lookup {
  return (hostname, options, done) =>
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return done(error);
      const refused = found.find(({ address }) => refuseHost(address) !== null);
      if (refused) return done(new Error('the name resolves to a refused address'));
      if (options.all) return done(null, found);
      const [first] = found;
      if (!first) return done(new Error('the name resolves to nothing'));
      done(null, first.address, first.family);
    });
}

/** The system's DNS look-up, guarded. */
export const guardedLookup = guarding(dnsLookup);
