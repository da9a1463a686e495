import { isIPv4, readAddress } from './address.ts';
import { AddressSet } from './network.ts';

/*
 * IPv4 is refused by list; IPv6 is allowed by list, because what is not yet handed out (all but 2000::/3) must not pass
 * for reachable. After IANA's special-purpose registries (RFC 6890), read strictly: 2001::/23 is refused whole, though a
 * few anycast blocks in it are global, and so is 6to4, which is retired (RFC 7526) and can carry any IPv4 address.
 */

const NOT_GLOBAL_IPV4 = new AddressSet([
  '0.0.0.0/8', // this network (RFC 791)
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // shared by carriers, CGNAT (RFC 6598); clouds put metadata at 100.100.100.200
  '127.0.0.0/8', // loopback (RFC 1122)
  '169.254.0.0/16', // link-local, cloud metadata (RFC 3927)
  '172.16.0.0/12', // private (RFC 1918)
  '192.0.0.0/24', // protocol assignments (RFC 6890)
  '192.0.2.0/24', // documentation (RFC 5737)
  '192.31.196.0/24', // AS112 (RFC 7535)
  '192.52.193.0/24', // AMT relays (RFC 7450)
  '192.88.99.0/24', // 6to4 relays, retired (RFC 7526)
  '192.168.0.0/16', // private (RFC 1918)
  '192.175.48.0/24', // AS112 (RFC 7534)
  '198.18.0.0/15', // benchmarks (RFC 2544)
  '198.51.100.0/24', // documentation (RFC 5737)
  '203.0.113.0/24', // documentation (RFC 5737)
  '224.0.0.0/4', // multicast (RFC 5771)
  '240.0.0.0/4', // reserved, broadcast (RFC 1112, RFC 8190)
]);

const GLOBAL_IPV6 = new AddressSet(['2000::/3']);

const NOT_GLOBAL_IPV6 = new AddressSet([
  '2001::/23', // protocol assignments: Teredo, benchmarks, ORCHID (RFC 2928)
  '2001:db8::/32', // documentation (RFC 3849)
  '2002::/16', // 6to4 (RFC 3056)
  '2620:4f:8000::/48', // AS112 (RFC 7534)
  '3fff::/20', // documentation (RFC 9637)
]);

/** NAT64 (RFC 6052): an IPv6-only network reaches the IPv4 world through it, so its addresses are judged by what they carry. */
const NAT64 = new AddressSet(['64:ff9b::/96']);

/** Whether an address is one that the whole Internet can reach. What is not strictly an address is not; IPv4-mapped is IPv4. */
export function isGlobalAddress(address: string): boolean {
  const bytes = new DataView(new ArrayBuffer(16));
  if (!readAddress(address, bytes)) return false;
  if (isIPv4(bytes)) return !NOT_GLOBAL_IPV4.has(address);
  if (carriedAddresses(address).some((carried) => NOT_GLOBAL_IPV4.has(carried))) return false;
  return NAT64.has(address) || (GLOBAL_IPV6.has(address) && !NOT_GLOBAL_IPV6.has(address));
}

/** Where IPv6 addresses of a kind have IPv4 addresses in them: the places of the four bytes, and what they are mixed with. */
const CARRIERS: readonly { networks: AddressSet; places: readonly (readonly number[])[]; mask?: number }[] = [
  // IPv4-compatible (RFC 4291 §2.5.5.1), IPv4-translated (RFC 2765) and NAT64's well-known prefix.
  { networks: new AddressSet(['::/96', '::ffff:0:0:0/96', '64:ff9b::/96']), places: [[12, 13, 14, 15]] },
  // NAT64 of one network (RFC 8215), whose prefix may have any of the lengths of RFC 6052 §2.2.
  {
    networks: new AddressSet(['64:ff9b:1::/48']),
    places: [
      [6, 7, 9, 10],
      [7, 9, 10, 11],
      [9, 10, 11, 12],
      [12, 13, 14, 15],
    ],
  },
  { networks: new AddressSet(['2002::/16']), places: [[2, 3, 4, 5]] }, // 6to4 (RFC 3056)
  { networks: new AddressSet(['2001::/32']), places: [[4, 5, 6, 7]] }, // Teredo's server (RFC 4380 §4)
  { networks: new AddressSet(['2001::/32']), places: [[12, 13, 14, 15]], mask: 0xff }, // and its client, inverted
];

/** ISATAP (RFC 5214 §6.1), in any network: this stands before the IPv4 address, with or without the universal bit. */
const ISATAP = new Set([0x0000_5efe, 0x0200_5efe]);

/**
 * The IPv4 addresses that an IPv6 address may lead to by way of a translator or a tunnel: what must not be reached by
 * its IPv4 address must not be reached through them either. None for IPv4 and for what is no address.
 */
export function carriedAddresses(address: string): string[] {
  const bytes = new DataView(new ArrayBuffer(16));
  if (!readAddress(address, bytes) || isIPv4(bytes)) return [];
  const at = (places: readonly number[], mask = 0): string =>
    places.map((place) => bytes.getUint8(place) ^ mask).join('.');
  const carried = CARRIERS.filter(({ networks }) => networks.has(address)).flatMap(({ places, mask }) =>
    places.map((four) => at(four, mask)),
  );
  return ISATAP.has(bytes.getUint32(8)) ? [...carried, at([12, 13, 14, 15])] : carried;
}
