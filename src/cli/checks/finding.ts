import { SETTINGS } from '../../config.ts';

/** What one check of `keyward doctor` found. */
export interface Finding {
  readonly check: string;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

export function ok(check: string, detail: string): Finding {
  return { check, outcome: 'ok', detail };
}

export function warning(check: string, detail: string, fix: string): Finding {
  return { check, outcome: 'warning', detail, fix };
}

export function failed(check: string, detail: string, fix: string): Finding {
  return { check, outcome: 'failed', detail, fix };
}

export function skipped(check: string, detail: string): Finding {
  return { check, outcome: 'skipped', detail };
}

/** Takes the values of secret settings out of a text: what a library says about a failure may quote them. */
export function withoutSecrets(text: string, environment: Readonly<Record<string, string | undefined>>): string {
  return secretsOf(environment).reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
}

function secretsOf(environment: Readonly<Record<string, string | undefined>>): string[] {
  const values = Object.entries(SETTINGS)
    .filter(([, setting]) => 'secret' in setting && setting.secret)
    .map(([name]) => environment[name]?.trim() ?? '');
  const passwords = values.flatMap((value) => {
    const password = URL.parse(value)?.password ?? '';
    return [password, decoded(password)];
  });
  // Longest first, so that a part never leaves the rest of the whole behind.
  return [...new Set([...values, ...passwords])]
    .filter((value) => value !== '')
    .toSorted((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
