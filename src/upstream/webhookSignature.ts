import { createHmac } from 'node:crypto';

/**
 * The header `webhook-signature` of Standard Webhooks 1.0.0: for each secret `v1,` and base64 of HMAC-SHA-256 over
 * `id.timestamp.body`, with spaces between. A secret is `whsec_` and the base64 of its bytes.
 */
export function webhookSignature(
  id: string,
  timestampSeconds: number,
  body: string,
  secrets: readonly string[],
): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`;
    })
    .join(' ');
}
