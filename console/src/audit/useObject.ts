import { useTranslation } from 'react-i18next';
import { limitName } from '../limits/limitText.ts';
import { limitOf } from './limitOf.ts';
import type { AuditEvent } from './types.ts';
import { useSaying } from './useSaying.ts';

/** What an event was done to: what it is called, and of what kind it is. A limit is called by what it counts. */
export function useObject(): (event: AuditEvent) => { readonly name: string; readonly kind: string } {
  const { t } = useTranslation();
  const { noun } = useSaying();
  return (event) => {
    const { type, id, name } = event.object;
    const limit = limitOf(event);
    return limit
      ? { name: limitName(limit, t), kind: t('audit.limitOn', { kind: noun(limit.subject.type), name: limit.on }) }
      : { name: name ?? id ?? '–', kind: noun(type) };
  };
}
