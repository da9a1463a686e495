import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/types.ts';
import { Moment } from '../shell/Moment.tsx';
import { Told } from '../shell/Told.tsx';
import type { Deed, Outcome, Result } from './bulk.ts';
import './bulk.css';

const DAY_MS = 86_400_000;

/** Key by key, those first that want a look: what would become of it, or has. */
export function Results(props: { keys: readonly Key[]; deed: Deed; outcome: Outcome; isOver: boolean }) {
  const { keys, deed, outcome, isOver } = props;
  const { t } = useTranslation();
  const byId = new Map(keys.map((key) => [key.id, key]));
  const usedAt = (one: Result) => one.lastUsedAt ?? byId.get(one.id)?.lastUsedAt ?? null;
  const isInUse = (one: Result) => {
    const at = usedAt(one);
    const isRecent = at !== null && Date.now() - Date.parse(at) < DAY_MS;
    // Uses are noted every few seconds, calls at once.
    return one.outcome === 'changed' && (isRecent || (one.requestsLast24h ?? 0) > 0);
  };
  const isRevived = (one: Result) => one.outcome === 'changed' && byId.get(one.id)?.state === 'expired';
  const stops = deed === 'disable' || deed === 'delete';
  const inUse = stops && !isOver ? outcome.results.filter(isInUse) : [];
  const revived = deed === 'expire' && !isOver ? outcome.results.filter(isRevived) : [];
  const rank = (one: Result) =>
    one.outcome === 'failed' ? 0 : one.outcome === 'refused' ? 1 : inUse.includes(one) ? 2 : 3;
  return (
    <>
      {inUse.length > 0 && (
        <Alert type="warning" showIcon title={t('bulk.inUse', { count: inUse.length })} style={{ marginBottom: 12 }} />
      )}
      {revived.length > 0 && (
        <Alert
          type="warning"
          showIcon
          title={t('bulk.revived', { count: revived.length })}
          style={{ marginBottom: 12 }}
        />
      )}
      <ul className="bulk-results" tabIndex={0} aria-label={t('bulk.results')}>
        {outcome.results
          .toSorted((one, other) => rank(one) - rank(other))
          .map((one) => (
            <li key={one.id}>
              <span className="any">
                <strong>{one.name ?? byId.get(one.id)?.name ?? one.id}</strong>{' '}
                <code>{one.masked ?? byId.get(one.id)?.masked}</code>
              </span>
              <span className="outcome" data-outcome={one.outcome}>
                {t(isOver || one.outcome !== 'changed' ? `bulk.outcome.${one.outcome}` : `bulk.will.${deed}`)}
              </span>
              <span className="soft">
                {one.detail === null ? (
                  stops && !isOver && <LastUse at={usedAt(one)} calls={one.requestsLast24h ?? 0} />
                ) : (
                  <Told sentence={one.detail} code={one.code ?? undefined} />
                )}
              </span>
            </li>
          ))}
      </ul>
    </>
  );
}

function LastUse({ at, calls }: { at: string | null; calls: number }) {
  const { t } = useTranslation();
  return (
    <>
      {t('bulk.lastUsed')} <Moment at={at} none={t('keys.never')} />
      {calls > 0 && ` · ${t('bulk.calls', { count: calls })}`}
    </>
  );
}
