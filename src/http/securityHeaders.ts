/** One year (ASVS 3.4.1). */
const HSTS = 'max-age=31536000';

/**
 * What every answer of the management API says to browsers: keep nothing, run nothing, show it in no frame, and let no page
 * that opened it steer it elsewhere (ASVS 3.4.8). Pages of the console and the documentation replace the policy by their own. `publicUrl`: strict transport only where people come by https.
 */
export function securityHeaders(publicUrl: string | null): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(publicUrl?.startsWith('https:') && { 'strict-transport-security': HSTS }),
  };
}
