/** Something that can be gone to or done. */
export interface Find {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  /** Beside its name. */
  readonly note?: string | undefined;
  readonly run: () => void;
}

/** Shown of one group when something is searched for. */
const MOST = 8;

/** Those that have every word that was typed, in their name or note; those whose name begins with it come first. */
export function narrowed(finds: readonly Find[], text: string): readonly Find[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return finds;
  const fits = finds.filter(({ label, note = '' }) => {
    const whole = `${label} ${note}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
  const first = words[0] ?? '';
  const begins = ({ label }: Find) => (label.toLowerCase().startsWith(first) ? 0 : 1);
  return fits.toSorted((one, other) => begins(one) - begins(other)).slice(0, MOST);
}
