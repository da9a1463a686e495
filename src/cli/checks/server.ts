import type { Config } from '../../config.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

const TIMEOUT_MS = 5000;
const SKEW_MS = 60_000;

/** Where the server of these settings listens, or where the caller says it does. */
export function serverAddress(config: Config, given: string | undefined, isUrlSet: boolean): string {
  if (given !== undefined) return given;
  if (isUrlSet || config.PORT === 0) return config.KEYWARD_URL;
  const host = config.HOST === '0.0.0.0' || config.HOST === '::' ? '127.0.0.1' : config.HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${config.PORT}`;
}

/** Asks a server that holds the store whether it is ready, and what time it has. */
export async function checkServer(baseUrl: string, nowMs: number): Promise<Finding[]> {
  const held = 'A running server holds the store';
  const fix = 'Give its address with --url (KEYWARD_URL), and see its log.';
  let response: Response;
  try {
    response = await fetch(`${baseUrl}/readyz`, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.text();
  } catch {
    return [failed('store', `${held}, but none answers at ${baseUrl}.`, fix)];
  }
  if (response.status !== 200)
    return [failed('store', `${held}, but ${baseUrl}/readyz answers ${response.status}.`, fix)];
  const theirs = Date.parse(response.headers.get('date') ?? '');
  const skewed = Math.abs(theirs - nowMs) > SKEW_MS;
  return [
    ok('store', `${held} and is ready at ${baseUrl}; it checked schema and secret when it started`),
    ...(skewed
      ? [
          warning(
            'clock',
            `The server’s clock differs from this one by ${Math.round(Math.abs(theirs - nowMs) / 1000)} s.`,
            'Let NTP keep both.',
          ),
        ]
      : []),
  ];
}
