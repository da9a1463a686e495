import { readConfig, SETTINGS, type Config } from '../../config.ts';
import { parseAddressList } from '../../core/network.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Every fault of the settings at once; `config` only when there is none. Names are shown, values never. */
export function checkSettings(environment: Environment): { findings: Finding[]; config: Config | undefined } {
  const read = readConfig(environment);
  if (!read.ok) {
    const fix = 'Correct the setting; docs/reference/settings.md has them all.';
    return { findings: read.faults.map((fault) => failed('settings', fault, fix)), config: undefined };
  }
  const set = Object.keys(SETTINGS).filter((name) => environment[name] !== undefined);
  const detail = set.length === 0 ? 'all at their defaults' : `set: ${set.join(', ')}; the rest at their defaults`;
  return { findings: [ok('settings', detail)], config: read.config };
}

/** Broader than any network of proxies is: whoever lies in it can claim any address, and with it pass every allow list. */
const BROAD_IPV4 = 8;
const BROAD_IPV6 = 16;

/** Whether the word about clients' addresses is taken from the right ones. Prefixes are those people write. */
export function checkProxies(config: Config, environment: Environment): Finding {
  const check = 'trusted proxies';
  const entries = (environment['KEYWARD_TRUSTED_PROXIES'] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  const list = parseAddressList(entries, '');
  const networks = list.ok ? list.entries : [];
  const broad = networks.filter(isBroad);
  if (broad.length > 0) {
    return warning(
      check,
      `${broad.join(', ')} is so broad that clients can claim any address and pass the IP lists of keys.`,
      'Name the addresses of your proxies alone in KEYWARD_TRUSTED_PROXIES.',
    );
  }
  if (networks.length === 0 && config.KEYWARD_PUBLIC_URL?.startsWith('https:')) {
    return warning(
      check,
      'The public address is https, so a proxy is in front, but none is trusted: every client has the proxy’s address.',
      'Set KEYWARD_TRUSTED_PROXIES to the proxy’s address.',
    );
  }
  return ok(
    check,
    networks.length === 0
      ? 'none: the address of the connection counts'
      : `${networks.join(', ')}, by ${config.KEYWARD_CLIENT_ADDRESS_HEADER}`,
  );
}

function isBroad(network: string): boolean {
  const prefix = network.split('/')[1];
  return prefix !== undefined && Number(prefix) < (network.includes(':') ? BROAD_IPV6 : BROAD_IPV4);
}
