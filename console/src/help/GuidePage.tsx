import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useRouterState } from '@tanstack/react-router';
import { Alert, Card, Spin } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { PageError, PageMissing } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { GuideList } from './GuideList.tsx';
import { GuideText } from './GuideText.tsx';
import { isGuide, type Guide } from './guides.ts';
import './guide.css';
import { guideQuery } from './queries.ts';

/** One page of the guide, with all others beside it. */
export function GuidePage() {
  const { guide } = useParams({ from: '/signedIn/help/$guide' });
  return isGuide(guide) ? <Guided guide={guide} /> : <PageMissing />;
}

function Guided({ guide }: { guide: Guide }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const { data: page, error, refetch } = useQuery(guideQuery(guide));
  useArrival(guide, page !== undefined);
  return (
    <>
      <Link to="/help">← {t('help.title')}</Link>
      <PageHead title={t(`help.guides.${guide}.title`)} />
      <div className="guide-sides">
        <GuideList here={guide} />
        <Card style={{ flex: 1, minWidth: 0 }}>
          {language !== 'en' && <Alert showIcon type="info" title={t('help.guideIn.english')} />}
          {error && <PageError error={error} reset={() => void refetch()} />}
          {!page && !error && <Spin />}
          {page && <GuideText page={page} guide={guide} />}
        </Card>
      </div>
    </>
  );
}

/** Goes to the section that the address names as soon as it is there, else to the top. */
function useArrival(guide: Guide, isThere: boolean): void {
  const hash = useRouterState({ select: ({ location }) => location.hash });
  useEffect(() => {
    if (!isThere) return;
    const heading = hash === '' ? null : document.querySelector<HTMLElement>(`.guide-text [id="${CSS.escape(hash)}"]`);
    if (heading) {
      heading.scrollIntoView();
      heading.focus({ preventScroll: true });
    } else {
      scrollTo({ top: 0 });
    }
  }, [guide, hash, isThere]);
}
