/** What keys are looked at for (src/core/hygiene), what is worst first. */
export const FINDINGS = [
  'againstRules',
  'orphaned',
  'wideOpen',
  'idle',
  'old',
  'withoutExpiry',
  'withoutLimit',
] as const;
export type Finding = (typeof FINDINGS)[number];

/** What the page shows; all of it stands in the address. */
export interface HygieneView {
  readonly finding?: Finding | undefined;
  readonly unusedForDays?: number | undefined;
  readonly olderThanDays?: number | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readHygieneView(given: Record<string, unknown>): HygieneView {
  const finding = FINDINGS.find((one) => one === given['finding']);
  const days = (['unusedForDays', 'olderThanDays'] as const).filter((name) => {
    const count = given[name];
    return typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= 36_500;
  });
  return { ...(finding && { finding }), ...Object.fromEntries(days.map((name) => [name, given[name]])) };
}
