import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Empty, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { NoticeSaying } from '../notices/NoticeSaying.tsx';
import { Moment } from '../shell/Moment.tsx';
import { PartError } from '../shell/PartError.tsx';
import { unusualQuery, UNUSUAL, type Place } from './queries.ts';

/** Keys that were used otherwise than before: what stands out, and where to look. */
export function Unusual({ place, keyId }: { place: Place; keyId: string | undefined }) {
  const { t } = useTranslation();
  const asked = useQuery(unusualQuery(place, keyId));
  const { data } = asked;
  if (asked.error) return <PartError of={asked} />;
  if (!data) return <Spin />;
  if (data.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('usage.nothingUnusual')} />;
  return (
    <ul className="plain">
      {data.map((notice) => {
        const { id, kind, subject, createdAt } = notice;
        const known = UNUSUAL.find((one) => one === kind);
        return (
          <li key={id}>
            <strong>{known ? t(`usage.unusualKind.${known.slice('key.'.length) as 'spike'}`) : kind}</strong> ·{' '}
            <Link to="/keys/$keyId" params={{ keyId: subject.id }} className="any under">
              {subject.name}
            </Link>{' '}
            · <Moment at={createdAt} />
            <div className="soft any">
              <NoticeSaying notice={notice} />
            </div>
          </li>
        );
      })}
    </ul>
  );
}
