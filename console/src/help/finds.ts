/** Something that can be gone to or done. */
export interface Find {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  /** Beside its name. */
  readonly note?: string | undefined;
  /** Found by it too, though it is not shown. */
  readonly also?: string;
  readonly run: () => void;
}

/** Shown of one group when something is searched for. */
const MOST = 8;

/** Those that have every word that was typed, in their name, note or other names; those whose name begins with it come first. */
export function narrowed(finds: readonly Find[], text: string): readonly Find[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return finds;
  const fits = finds.filter(({ label, note = '', also = '' }) => {
    const whole = `${label} ${note} ${also}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
  const first = words[0] ?? '';
  const begins = ({ label }: Find) => (label.toLowerCase().startsWith(first) ? 0 : 1);
  return fits.toSorted((one, other) => begins(one) - begins(other)).slice(0, MOST);
}
