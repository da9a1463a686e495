import { Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isGlobalAddress } from '../core/globalAddress.ts';
import { canonicalAddress } from '../core/network.ts';
import { bareHost, refuseHost } from './guard.ts';

/** All addresses of a name. */
export type ResolveName = (hostname: string) => Promise<LookupAddress[]>;

/** What webhooks may be sent to: literal addresses are judged at once, names by what they resolve to. */
export interface WebhookGuard {
  /** Why a host may not be sent to; null when it may, or when only resolving it will tell. */
  refuse(hostname: string): string | null;
  readonly resolve: ResolveName;
}

const NOT_GLOBAL =
  'This address is private or reserved, and webhooks go to public ones. If it is meant, the operator sets KEYWARD_WEBHOOK_PRIVATE_ADDRESSES=yes.';

/** Public addresses only (ASVS 5.0 13.2, OWASP API7); or, where the operator says so, all but those that upstreams are refused too. */
export function createWebhookGuard(options: { allowPrivate: boolean; allowMetadata: boolean }): WebhookGuard {
  if (options.allowPrivate) {
    // Names of the local network may stand in files and search lists that only the system's own look-up reads.
    return { refuse: options.allowMetadata ? () => null : refuseHost, resolve: (name) => lookup(name, { all: true }) };
  }
  return {
    refuse(hostname) {
      const bare = bareHost(hostname);
      const address = canonicalAddress(bare);
      if (address === null)
        return bare === '' || bare === 'localhost' || bare.endsWith('.localhost') ? NOT_GLOBAL : refuseHost(bare);
      return isGlobalAddress(address) ? null : NOT_GLOBAL;
    },
    resolve: resolveOverNetwork,
  };
}

/**
 * Asks the name servers over sockets. The system's look-up holds one of a handful of threads while it waits, so names
 * whose servers never answer would hold up every other look-up and file access of the process.
 */
async function resolveOverNetwork(hostname: string): Promise<LookupAddress[]> {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  if (ipv4.status === 'rejected' && ipv6.status === 'rejected') throw ipv4.reason;
  return [
    ...(ipv4.status === 'fulfilled' ? ipv4.value.map((address) => ({ address, family: 4 })) : []),
    ...(ipv6.status === 'fulfilled' ? ipv6.value.map((address) => ({ address, family: 6 })) : []),
  ];
}
