import { EMAIL } from './core/email.ts';
import { KEY_PREFIX_PATTERN } from './core/keyValue.ts';
import { AddressSet, parseAddressList } from './core/network.ts';
import { OIDC_SETTINGS, oidcFaults } from './core/oidcSettings.ts';
import { REGION_ID, type Region, type Regions } from './core/region.ts';

/** One setting: how its text becomes a value, its default, and the sentence docs/reference/settings.md is made of. */
interface Setting<T> {
  readonly default: string;
  readonly doc: string;
  /** Never shown: not in errors, not in logs. */
  readonly secret?: boolean;
  /** Throws Error with the fix in its message. */
  readonly parse: (text: string) => T;
}

function setting<T>(one: Setting<T>): Setting<T> {
  return one;
}

const text = (value: string): string => value;

/** A key that only programs beside the server go by. */
function key(doc: string): Setting<string> {
  return { default: '', secret: true, doc, parse: text };
}

function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (!(number >= least && number <= most)) throw new Error(`must be a whole number from ${least} to ${most}`);
    return number;
  };
}

function oneOf<const T extends string>(...choices: readonly T[]): (value: string) => T {
  return (value) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
    return found;
  };
}

function atLeast(length: number): (value: string) => string {
  return (value) => {
    if (value.length < length) throw new Error(`must be at least ${length} characters long`);
    return value;
  };
}

function webAddress(value: string): string {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
    throw new Error('must be an http or https address without query, and without user name and password: it is shown');
  // As URL writes it: what is decided by it must not depend on how it is written.
  return url.href.replace(/\/+$/, '');
}

function addresses(value: string): (AddressSet & { readonly text: string }) | null {
  const entries = value
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  const list = parseAddressList(entries, '');
  if (!list.ok) throw new Error(list.errors.map((error) => error.detail).join(' '));
  if (list.entries.length === 0) return null;
  return Object.assign(new AddressSet(list.entries), { text: list.entries.join(', ') });
}

function regionId(value: string): string {
  if (!REGION_ID.test(value))
    throw new Error('must be 1 to 32 of a-z, 0-9 and hyphens, such as eu-1, without a hyphen at either end');
  return value;
}

function regionList(value: string): Region[] {
  const regions = value
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => {
      const at = entry.indexOf('=');
      if (at < 0) throw new Error('must be a list of name=address, such as eu-1=https://eu.example.com');
      return { id: regionId(entry.slice(0, at)), baseUrl: webAddress(entry.slice(at + 1)) };
    });
  if (new Set(regions.map(({ id }) => id)).size < regions.length) throw new Error('must name each region once');
  return regions;
}

/** Every setting there is. A KEYWARD_* name that is not here refuses to start: a typo must not silently mean a default. */
export const SETTINGS = {
  HOST: setting({
    default: '127.0.0.1',
    doc: 'Address to listen on. `0.0.0.0` or `::` for every interface.',
    parse: text,
  }),
  PORT: setting({ default: '8080', doc: 'Port to listen on; 0 picks a free one.', parse: wholeNumber(0, 65_535) }),
  DATABASE_URL: setting({
    default: '',
    secret: true,
    doc: 'Postgres connection address (`postgres://…`). Empty: SQLite in the data folder.',
    parse: (value) => {
      if (value !== '' && !/^postgres(ql)?:\/\//.test(value))
        throw new Error('must start with postgres:// or postgresql://');
      return value === '' ? null : value;
    },
  }),
  KEYWARD_DATA_DIR: setting({
    default: './data',
    doc: 'Folder of the SQLite file and of the generated server secret.',
    parse: text,
  }),
  KEYWARD_SECRET: setting({
    default: '',
    secret: true,
    doc: 'Server secret: keys are found by an HMAC under it, and provider credentials and webhook secrets are encrypted with a key derived from it. At least 32 characters. Empty: one is made in the data folder at the first start. All nodes on one database need the same; without it no key opens anything.',
    parse: (value) => (value === '' ? null : atLeast(32)(value)),
  }),
  KEYWARD_SECRET_PREVIOUS: setting({
    default: '',
    secret: true,
    doc: 'Command line only: the server secret that `keyward secret exchange` exchanges for the one above.',
    parse: (value) => (value === '' ? null : atLeast(32)(value)),
  }),
  KEYWARD_ROOT_KEY: setting({
    default: '',
    secret: true,
    doc: 'An operator’s management key given by the environment, for automation. At least 32 characters. Empty: none.',
    parse: (value) => (value === '' ? null : atLeast(32)(value)),
  }),
  KEYWARD_ADMIN_EMAIL: setting({
    default: 'admin@keyward.local',
    doc: 'E-mail of the first administrator, who is made at the first start.',
    parse: (value) => {
      if (!EMAIL.test(value) || value.length > 254)
        throw new Error(
          'must be an e-mail address as sign-in takes it, such as admin@example.com: its domain has a dot',
        );
      return value;
    },
  }),
  KEYWARD_ADMIN_PASSWORD: setting({
    default: '',
    secret: true,
    doc: 'Password of the first administrator; it must satisfy the rules for passwords. Only read at the first start. Empty: one is made and printed once.',
    parse: (value) => (value === '' ? null : value),
  }),
  KEYWARD_SESSION_IDLE_MINUTES: setting({
    default: '60',
    doc: 'People are signed out after this long without a request.',
    parse: wholeNumber(1, 1440),
  }),
  KEYWARD_SESSION_HOURS: setting({
    default: '24',
    doc: 'People are signed out after this long, used or not.',
    parse: wholeNumber(1, 720),
  }),
  ...OIDC_SETTINGS,
  KEYWARD_KEY_PREFIX: setting({
    default: 'kw_',
    doc: 'Start of every key made from now on. Keys with another prefix stop being recognised.',
    parse: (value) => {
      if (!KEY_PREFIX_PATTERN.test(value)) throw new Error(`must match ${KEY_PREFIX_PATTERN.source}`);
      return value;
    },
  }),
  KEYWARD_PUBLIC_URL: setting({
    default: '',
    doc: 'The address people reach this server at, for what is printed and documented, and for cookies and passkeys: with https they are bound to it. Empty: made of HOST and PORT.',
    parse: (value) => (value === '' ? null : webAddress(value)),
  }),
  KEYWARD_REGION: setting({
    default: '',
    doc: 'The region of this node, one of KEYWARD_REGIONS. Keys of another region are unknown to it; keys are made in it unless another is named. Empty: there are no regions.',
    parse: (value) => (value === '' ? null : regionId(value)),
  }),
  KEYWARD_REGIONS: setting({
    default: '',
    doc: 'The regions there are and the address applications call in each: comma-separated `name=address`, such as `eu-1=https://eu.example.com`. All nodes on one database need the same.',
    parse: regionList,
  }),
  KEYWARD_TRUSTED_PROXIES: setting({
    default: '',
    doc: 'Comma-separated addresses and networks of the proxies in front. Only their word about the client’s address is taken. Empty: nobody’s.',
    parse: addresses,
  }),
  KEYWARD_CLIENT_ADDRESS_HEADER: setting({
    default: 'x-forwarded-for',
    doc: 'Header in which a trusted proxy names the client: `x-forwarded-for`, `forwarded`, or one that holds a single address, such as `cf-connecting-ip`.',
    parse: (value) => {
      if (!/^[a-z0-9-]{1,64}$/.test(value)) throw new Error('must be a header name in lower case');
      return value;
    },
  }),
  KEYWARD_BODY_LIMIT_MB: setting({
    default: '20',
    doc: 'Largest request body of the gateway, in MiB.',
    parse: wholeNumber(1, 1024),
  }),
  KEYWARD_KEY_CACHE_SIZE: setting({
    default: '200000',
    doc: 'How many keys are kept in memory (about 1 kB each).',
    parse: wholeNumber(100, 10_000_000),
  }),
  KEYWARD_ALLOW_METADATA_ADDRESSES: setting({
    default: 'no',
    doc: 'Whether upstreams may lie at link-local and cloud metadata addresses (169.254.0.0/16 and its like).',
    parse: (value) => oneOf('yes', 'no')(value) === 'yes',
  }),
  KEYWARD_WEBHOOK_PRIVATE_ADDRESSES: setting({
    default: 'no',
    doc: 'Whether webhooks may be sent to private, loopback and other addresses that are not public. Anyone who may make a webhook can then reach them from this server.',
    parse: (value) => oneOf('yes', 'no')(value) === 'yes',
  }),
  KEYWARD_SCANNER_KEYS: setting({
    default: '',
    doc: 'File with the public keys of secret scanners that may report leaked keys: JSON of identifiers and keys in PEM, or what GitHub serves at https://api.github.com/meta/public_keys/secret_scanning. Read at the start. Empty: nobody may.',
    parse: (value) => (value === '' ? null : value),
  }),
  KEYWARD_DRAIN_SECONDS: setting({
    default: '30',
    doc: 'How long calls under way may go on after a stop signal.',
    parse: wholeNumber(0, 3600),
  }),
  KEYWARD_LOG_LEVEL: setting({
    default: 'info',
    doc: 'Least severe line that is logged.',
    parse: oneOf('silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'),
  }),
  KEYWARD_URL: setting({
    default: 'http://127.0.0.1:8080',
    doc: 'Command line only: the server to talk to.',
    parse: webAddress,
  }),
  KEYWARD_MANAGEMENT_KEY: key('Command line only: the management key to use. Empty: KEYWARD_ROOT_KEY.'),
  KEYWARD_KEY: key('Applications only: the key that lines to paste call with. Keyward itself never uses it.'),
} as const satisfies Record<string, Setting<unknown>>;

/** Every setting with its value. */
export type Config = { readonly [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['parse']> };

/** The first administrator as the settings name them. */
export function administratorOf(config: Config): { readonly email: string; readonly password: string | null } {
  return { email: config.KEYWARD_ADMIN_EMAIL, password: config.KEYWARD_ADMIN_PASSWORD };
}

/** How long people stay signed in. */
export function sessionLimitsOf(config: Config): { readonly idleMs: number; readonly lifetimeMs: number } {
  return {
    idleMs: config.KEYWARD_SESSION_IDLE_MINUTES * 60_000,
    lifetimeMs: config.KEYWARD_SESSION_HOURS * 60 * 60_000,
  };
}

/** The regions as the settings name them. */
export function regionsOf(config: Config): Regions {
  return { own: config.KEYWARD_REGION, all: config.KEYWARD_REGIONS, publicUrl: config.KEYWARD_PUBLIC_URL };
}

/** A node must know where it is, or it would open what belongs elsewhere. */
function regionFault({ KEYWARD_REGION: own, KEYWARD_REGIONS: all }: Partial<Config>): string[] {
  if (own === undefined || all === undefined || (own === null && all.length === 0)) return [];
  if (all.some(({ id }) => id === own)) return [];
  const names = all.map(({ id }) => id).join(', ');
  return [
    names === ''
      ? 'KEYWARD_REGIONS must list the region of KEYWARD_REGION and its address.'
      : `KEYWARD_REGION must be one of KEYWARD_REGIONS: ${names}.`,
  ];
}

/** Reads every setting; reports all faults at once, in words that name the setting and the fix and never a secret. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
): { ok: true; config: Config } | { ok: false; faults: string[] } {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, one] of Object.entries(SETTINGS)) {
    try {
      values[name] = one.parse(environment[name]?.trim() ?? one.default);
    } catch (error) {
      faults.push(`${name} ${(error as Error).message}.`);
    }
  }
  faults.push(...regionFault(values));
  for (const name of Object.keys(environment)) {
    if (name.startsWith('KEYWARD_') && !(name in SETTINGS)) faults.push(unknownSetting(name));
  }
  if (faults.length === 0) faults.push(...oidcFaults(values as Config));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config: values as Config };
}

function unknownSetting(name: string): string {
  const near = Object.keys(SETTINGS).find(
    (known) => known.replaceAll('_', '') === name.toUpperCase().replaceAll(/[-_]/g, ''),
  );
  return `${name} is not a setting of Keyward.${near ? ` Did you mean ${near}?` : ' See docs/reference/settings.md.'}`;
}
