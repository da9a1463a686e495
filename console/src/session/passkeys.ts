import { call } from '../api/client.ts';
import type { SignedIn } from '../api/types.ts';

/** Whether the browser has passkeys, and speaks of them in JSON as the API does. */
export const hasPasskeys =
  typeof PublicKeyCredential === 'function' &&
  'parseRequestOptionsFromJSON' in PublicKeyCredential &&
  'toJSON' in PublicKeyCredential.prototype;

/** Passkeys are bound to one host; this page is at another. */
export class PasskeysElsewhere extends Error {
  readonly host: string;

  constructor(host: string) {
    super(`passkeys are bound to ${host}`);
    this.host = host;
  }
}

/** Nobody answered the browser’s question, or they answered no. */
export class PasskeyRefused extends Error {}

/** Signs in; while signed in it proves again who one is. `offered`: the browser offers it in the e-mail’s field, until `signal`. */
export async function provePasskey(offered?: { signal: AbortSignal }): Promise<SignedIn> {
  const options = await call<PublicKeyCredentialRequestOptionsJSON>('POST', '/auth/passkey/options', { ...offered });
  refuseElsewhere(options.rpId);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const response = await answered(() =>
    navigator.credentials.get({ publicKey, ...(offered && { ...offered, mediation: 'conditional' as const }) }),
  );
  return call<SignedIn>('POST', '/auth/passkey', { body: { response } });
}

/** A new passkey of whoever is signed in; the browser keeps it. Within five minutes of an identity check. */
export async function addPasskey(name: string): Promise<void> {
  const options = await call<PublicKeyCredentialCreationOptionsJSON>('POST', '/auth/passkeys/options');
  refuseElsewhere(options.rp.id);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const response = await answered(() => navigator.credentials.create({ publicKey }));
  await call('POST', '/auth/passkeys', { body: { name, response } });
}

function refuseElsewhere(host: string | undefined): void {
  const here = location.hostname;
  if (host !== undefined && here !== host && !here.endsWith(`.${host}`)) throw new PasskeysElsewhere(host);
}

async function answered(question: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = await question();
    if (credential instanceof PublicKeyCredential) return credential.toJSON();
  } catch (error) {
    if (!(error instanceof DOMException) || error.name === 'InvalidStateError') throw error;
  }
  throw new PasskeyRefused();
}
