import { keyPattern } from './keyValue.ts';

/** What scanners need to find keys with a prefix, as they are given it. */
export interface LeakRules {
  readonly prefix: string;
  /** RE2 syntax. It may gain lengths: scanners look with it, nobody should check keys with it. */
  readonly pattern: string;
  /** A rule file of Gitleaks, TOML. */
  readonly gitleaks: string;
  /** A detector of TruffleHog, YAML. */
  readonly trufflehog: string;
}

export function leakRules(prefix: string): LeakRules {
  const pattern = keyPattern(prefix).source;
  return { prefix, pattern, gitleaks: gitleaksRule(prefix, pattern), trufflehog: trufflehogRule(prefix, pattern) };
}

/** Random characters have an entropy of more than 4; 3.5 leaves out what is repeated and made up. */
function gitleaksRule(prefix: string, pattern: string): string {
  return `[[rules]]
id = "keyward-api-key"
description = "An API key of Keyward"
regex = '''(${pattern})'''
secretGroup = 1
entropy = 3.5
keywords = ["${prefix.toLowerCase()}"]
`;
}

function trufflehogRule(prefix: string, pattern: string): string {
  return `detectors:
  - name: KeywardApiKey
    keywords:
      - ${prefix}
    regex:
      key: '(${pattern})'
    entropy: 3.5
`;
}
