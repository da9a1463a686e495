import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Empty, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { Moment } from '../shell/Moment.tsx';
import { PartError } from '../shell/PartError.tsx';
import type { Place } from '../usage/queries.ts';
import type { Span } from '../usage/span.ts';
import type { UsageView } from '../usage/usageView.ts';
import { refusalsQuery } from './queries.ts';
import { Reason } from './Reason.tsx';
import type { Denial } from './types.ts';

/** What was refused in a span, by why, with what to do about it. */
export function RefusalSums(props: { place: Place; keyId: string | undefined; span: Span; view: UsageView }) {
  const { place, keyId, span, view } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const asked = useQuery(refusalsQuery(place, keyId, span));
  const { data } = asked;
  const number = new Intl.NumberFormat(language);
  if (asked.error) return <PartError of={asked} />;
  if (!data) return <Spin />;
  if (data.data.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('refusal.none')} />;
  const sums = sumsOf(data.data);
  const most = sums[0]?.count ?? 1;
  return (
    <>
      <ul className="plain">
        {sums.map(({ code, count, lastAt }) => (
          <li key={code}>
            <div style={{ display: 'flex', gap: 12, justifyContent: 'space-between' }}>
              <Reason code={code} />
              <span style={{ whiteSpace: 'nowrap' }}>
                <Times
                  place={place}
                  keyId={keyId}
                  code={code}
                  view={view}
                  text={t('refusal.times', { times: number.format(count) })}
                />{' '}
                · <Moment at={lastAt} />
              </span>
            </div>
            <div className="share-bar" style={{ width: '100%', marginTop: 4 }}>
              <span style={{ width: `${(count / most) * 100}%` }} />
            </div>
          </li>
        ))}
      </ul>
      {data.nextCursor !== null && <p className="soft">{t('refusal.cut')}</p>}
    </>
  );
}

/** How often, and the way to when and from where. */
function Times(props: { place: Place; keyId: string | undefined; code: string; view: UsageView; text: string }) {
  const { place, keyId, code, view, text } = props;
  if (!('projectId' in place)) return text;
  const { days, from, to } = view;
  return (
    <Link
      className="under"
      to="/projects/$projectId/requests"
      params={place}
      search={{ show: 'refusals', code, keyId, days, from, to }}
    >
      {text}
    </Link>
  );
}

function sumsOf(counts: readonly Denial[]): readonly Pick<Denial, 'code' | 'count' | 'lastAt'>[] {
  const sums = new Map<string, Pick<Denial, 'code' | 'count' | 'lastAt'>>();
  for (const { code, count, lastAt } of counts) {
    const known = sums.get(code);
    sums.set(code, {
      code,
      count: count + (known?.count ?? 0),
      lastAt: known && known.lastAt > lastAt ? known.lastAt : lastAt,
    });
  }
  return [...sums.values()].toSorted((one, other) => other.count - one.count);
}
