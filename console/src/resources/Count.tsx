import { useAppearance } from '../appearance.ts';

/** A whole number as people write it. */
export function Count({ of }: { of: number | null }) {
  const { language } = useAppearance();
  return <>{of === null ? '–' : new Intl.NumberFormat(language).format(of)}</>;
}
