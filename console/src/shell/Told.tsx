import { useQuery } from '@tanstack/react-query';
import { toldQuery } from '../api/faultWords.ts';
import { useAppearance } from '../appearance.ts';

/** A sentence of the server, in the language that is spoken where there are words for it. */
export function Told({ sentence, code }: { sentence: string; code?: string | undefined }) {
  const { language } = useAppearance();
  const { data = sentence } = useQuery(toldQuery(sentence, code));
  return data === sentence && language !== 'en' ? <span lang="en">{sentence}</span> : data;
}
