import { normalisedEmail } from './email.ts';

/** Whom an identity provider says somebody is, in an ID token that was checked. */
export interface ProvedIdentity extends Identity {
  readonly email: string | null;
  /** Whether the provider says that the e-mail is theirs. */
  readonly emailVerified: boolean;
  readonly name: string | null;
  /** When they showed the provider who they are; null where it does not say. */
  readonly authenticatedAtMs: number | null;
}

/** By what somebody is known again: e-mails change hands, these do not. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** What ties an answer of the provider to the one who asked. */
export interface OidcStep {
  /** The provider is to ask who it is, signed in there or not. */
  readonly again: boolean;
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636). */
  readonly verifier: string;
}

/** The one identity provider (OpenID Connect, authorization code flow). Throws Fault `upstream_unreachable` where it cannot be reached. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Where to send the browser. */
  begin(step: OidcStep): Promise<string>;
  /** What the browser came back with, its query. Throws Fault `invalid_credentials` for what does not fit the step. */
  finish(step: OidcStep & { readonly query: string }): Promise<ProvedIdentity>;
}

/** Whom the operator lets in by the identity provider. */
export interface OidcRules {
  /** E-mails and domains, in lower case; empty: all that are known here. */
  readonly emails: readonly string[];
  /** Whether somebody nobody has invited becomes a user. */
  readonly newcomers: boolean;
}

/** The identity provider as the operator has named it. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where the provider sends people back to, exactly. */
  readonly redirectUri: string;
  /** What people know it as. */
  readonly name: string;
  readonly rules: OidcRules;
  /** Whether it may lie at link-local and cloud metadata addresses. */
  readonly allowMetadata: boolean;
}

/** The identity provider, by the name that people know it by, and whom it may let in. */
export interface NamedProvider {
  readonly provider: IdentityProvider;
  readonly name: string;
  readonly rules: OidcRules;
}

/** Whether somebody with this e-mail may come. Where e-mails are named, one that is not verified counts as none. */
export function admits({ emails }: OidcRules, { email, emailVerified }: ProvedIdentity): boolean {
  if (emails.length === 0) return true;
  return email !== null && emailVerified && covers({ emails }, email);
}

/** Whether it is for the provider to say whose e-mail this is: one of those named, or any where none are. */
export function covers({ emails }: Pick<OidcRules, 'emails'>, email: string): boolean {
  const found = normalisedEmail(email);
  return emails.length === 0 || emails.includes(found) || emails.includes(found.slice(found.lastIndexOf('@') + 1));
}

/** Whether what is said there can be neither read nor changed on the way: over https, or on this machine. */
export function isPrivateAddress({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

/** As URL writes them. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
