import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import { cookieSecret } from './cookies.ts';

/** Makes the secret of an authenticator app, as better-auth keeps it under one token key, one under another; null: it is one already. */
export function totpResealer(from: Uint8Array, to: Uint8Array): (text: string) => Promise<string | null> {
  const [old, fresh] = [cookieSecret(from), cookieSecret(to)];
  return async (text) => {
    const isFresh = await symmetricDecrypt({ key: fresh, data: text }).then(
      () => true,
      () => false,
    );
    return isFresh ? null : symmetricEncrypt({ key: fresh, data: await symmetricDecrypt({ key: old, data: text }) });
  };
}
