import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps texts unreadable in the database. `context` (whose text it is) is authenticated: a text moved to another row does not open. */
export interface Cipher {
  encrypt(plain: string, context: string): string;
  /** Throws when the text was changed, belongs to another context, or was written under another key. */
  decrypt(text: string, context: string): string;
  /** Whether `decrypt` would answer. */
  opens(text: string, context: string): boolean;
  /** HMAC-SHA-256 under a key of its own, base64url: the same text under the same key has the same one. */
  mac(text: string): string;
}

/**
 * AES-256-GCM (NIST SP 800-38D) under a key of 32 bytes: `v2.<key id>.<nonce>.<tag>.<data>`, each base64url. The key's id
 * tells a text that another key opens from one that was changed; texts of before, `v1` without it, open too.
 */
export function createCipher(key: Uint8Array): Cipher {
  assert.equal(key.length, 32, 'the encryption key has 32 bytes');
  const keyId = Buffer.from(hkdfSync('sha256', key, 'keyward', 'key-id', 6)).toString('base64url');
  const cipher: Cipher = {
    mac: macUnder(chainKeyOf(key)),
    opens(text, context) {
      try {
        cipher.decrypt(text, context);
        return true;
      } catch {
        return false;
      }
    },
    encrypt(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(
        Buffer.from(context),
      );
      const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return ['v2', keyId, ...[nonce, cipher.getAuthTag(), data].map((part) => part.toString('base64url'))].join('.');
    },
    decrypt(text, context) {
      const [version, ...parts] = text.split('.');
      if (version === 'v2' && parts.shift() !== keyId)
        throw new Error('A stored secret was encrypted under another server secret.');
      const [nonce, tag, data] = parts.map((part) => Buffer.from(part, 'base64url'));
      if ((version !== 'v1' && version !== 'v2') || !nonce || !tag || !data || nonce.length !== NONCE_BYTES)
        throw new Error('A stored secret is not in a form this program knows.');
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
    },
  };
  return cipher;
}

/** What the rows of the audit log are chained under, unless the store keeps another key for that (secretExchange.ts). */
export function chainKeyOf(key: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, 'keyward', 'audit-chain', 32));
}

export function macUnder(key: Uint8Array): Cipher['mac'] {
  return (text) => createHmac('sha256', key).update(text).digest('base64url');
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
