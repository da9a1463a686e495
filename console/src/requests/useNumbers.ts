import { useAppearance } from '../appearance.ts';

/** How numbers and times of requests are said in the language that is spoken. */
export function useNumbers(): { number: Intl.NumberFormat; latency: (ms: number) => string } {
  const { language } = useAppearance();
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 9 });
  const short = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  return { number, latency: (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${short.format(ms / 1000)} s`) };
}
