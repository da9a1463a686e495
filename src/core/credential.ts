/**
 * The part of a provider's credential that is the secret: without the scheme (`Bearer …`, `Basic …`) that it is written
 * with where it goes into a header of its own.
 */
export function secretPart(credential: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]* +(\S.*)$/.exec(credential)?.[1] ?? credential;
}
