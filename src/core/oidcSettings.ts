import { EMAIL, normalisedEmail } from './email.ts';
import { isPrivateAddress, type OidcSettings } from './oidc.ts';

/** The settings of sign-in with an identity provider, as config.ts lists them. */
export const OIDC_SETTINGS = {
  KEYWARD_OIDC_ISSUER: {
    default: '',
    doc: 'Identity provider that people may sign in with (OpenID Connect): its issuer, an https address, or http on this machine. Empty: none. Needs the two settings that follow, and KEYWARD_PUBLIC_URL.',
    parse: (value: string): string | null => {
      if (value === '') return null;
      const url = URL.parse(value);
      if (!url || !isPrivateAddress(url) || url.search || url.hash || url.username || url.password)
        throw new Error('must be an https address, or http on this machine, without query or user name');
      // As it is written: an ID token has to name the very same.
      return value;
    },
  },
  KEYWARD_OIDC_CLIENT_ID: {
    default: '',
    doc: 'What the identity provider calls this server.',
    parse: (value: string): string | null => value || null,
  },
  KEYWARD_OIDC_CLIENT_SECRET: {
    default: '',
    secret: true,
    doc: 'By which this server proves itself to the identity provider.',
    parse: (value: string): string | null => value || null,
  },
  KEYWARD_OIDC_NAME: {
    default: 'Single sign-on',
    doc: 'What people know the identity provider as.',
    parse: (value: string): string => {
      if (value.length < 1 || value.length > 64) throw new Error('must be 1 to 64 characters long');
      return value;
    },
  },
  KEYWARD_OIDC_EMAILS: {
    default: '',
    doc: 'Comma-separated e-mails and domains (`example.com`): only who has one of them, verified by the identity provider, may sign in with it, and nobody gives themselves such an e-mail in their profile. Empty: everybody known here, and any e-mail.',
    parse: (value: string): readonly string[] => {
      const entries = value.split(',').map(normalisedEmail).filter(Boolean);
      const bad = entries.find((entry) => !EMAIL.test(entry.includes('@') ? entry : `anyone@${entry}`));
      if (bad !== undefined) throw new Error(`must be e-mails and domains, and "${bad.slice(0, 80)}" is neither`);
      return entries;
    },
  },
  KEYWARD_OIDC_NEWCOMERS: {
    default: 'no',
    doc: 'Whether somebody whom nobody has invited becomes a user at their first sign-in with the identity provider; they belong to no account until somebody lets them in. `yes` needs KEYWARD_OIDC_EMAILS.',
    parse: (value: string): boolean => {
      if (value !== 'yes' && value !== 'no') throw new Error('must be one of yes, no');
      return value === 'yes';
    },
  },
} as const;

type OidcConfig = {
  readonly [Name in keyof typeof OIDC_SETTINGS]: ReturnType<(typeof OIDC_SETTINGS)[Name]['parse']>;
} & { readonly KEYWARD_PUBLIC_URL: string | null; readonly KEYWARD_ALLOW_METADATA_ADDRESSES: boolean };

/** Null: none is named, or not all that it needs (`oidcFaults` says what). */
export function oidcOf(config: OidcConfig): OidcSettings | null {
  const { KEYWARD_OIDC_ISSUER: issuer, KEYWARD_PUBLIC_URL: publicUrl } = config;
  const { KEYWARD_OIDC_CLIENT_ID: clientId, KEYWARD_OIDC_CLIENT_SECRET: clientSecret } = config;
  if (issuer === null || publicUrl === null || clientId === null || clientSecret === null) return null;
  return {
    issuer,
    clientId,
    clientSecret,
    name: config.KEYWARD_OIDC_NAME,
    rules: { emails: config.KEYWARD_OIDC_EMAILS, newcomers: config.KEYWARD_OIDC_NEWCOMERS },
    redirectUri: `${publicUrl}/api/v1/auth/oidc/callback`,
    allowMetadata: config.KEYWARD_ALLOW_METADATA_ADDRESSES,
  };
}

/** What is wrong between the settings, each by itself being right. */
export function oidcFaults(config: OidcConfig): string[] {
  if (config.KEYWARD_OIDC_ISSUER === null) {
    const given = (['KEYWARD_OIDC_CLIENT_ID', 'KEYWARD_OIDC_CLIENT_SECRET'] as const).filter((name) => config[name]);
    return given.map((name) => `${name} needs KEYWARD_OIDC_ISSUER.`);
  }
  const needed = ['KEYWARD_OIDC_CLIENT_ID', 'KEYWARD_OIDC_CLIENT_SECRET', 'KEYWARD_PUBLIC_URL'] as const;
  const faults = needed.filter((name) => config[name] === null).map((name) => `KEYWARD_OIDC_ISSUER needs ${name}.`);
  if (config.KEYWARD_OIDC_NEWCOMERS && config.KEYWARD_OIDC_EMAILS.length === 0)
    faults.push('KEYWARD_OIDC_NEWCOMERS=yes needs KEYWARD_OIDC_EMAILS: it would let in everybody the provider knows.');
  return faults;
}
