/** Whole days since then. */
export function ageInDays(at: string, nowMs = Date.now()): number {
  return Math.max(0, Math.floor((nowMs - new Date(at).getTime()) / 86_400_000));
}
