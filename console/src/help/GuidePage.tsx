import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useRouterState } from '@tanstack/react-router';
import { Card, Spin } from 'antd';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { PageError, PageMissing } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { GuideList } from './GuideList.tsx';
import { GuideText } from './GuideText.tsx';
import { isGuide, type Guide } from './guides.ts';
import './guide.css';
import { guideQuery, type WrittenGuide } from './queries.ts';

/** A heading that has come up to here stands above what is read: the bar at the top, and a little more. */
const READ_FROM_PX = 96;

/** One page of the guide, with all others beside it. */
export function GuidePage() {
  const { guide } = useParams({ from: '/signedIn/help/$guide' });
  return isGuide(guide) ? <Guided guide={guide} /> : <PageMissing />;
}

function Guided({ guide }: { guide: Guide }) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const { data: page, error, refetch } = useQuery(guideQuery(guide, language));
  useArrival(guide, page !== undefined);
  useStay(guide, page?.language);
  return (
    <>
      <Link to="/help">← {t('help.title')}</Link>
      <PageHead title={t(`help.guides.${guide}.title`)} />
      <div className="guide-sides">
        <GuideList here={guide} />
        <Card style={{ flex: 1, minWidth: 0 }}>
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
    const heading = sectionOf(hash);
    if (heading) {
      heading.scrollIntoView();
      heading.focus({ preventScroll: true });
    } else {
      scrollTo({ top: 0 });
    }
  }, [guide, hash, isThere]);
}

/** Keeps the section that is read in its place when the text, which has another length then, comes in another language. */
function useStay(guide: Guide, language: WrittenGuide['language'] | undefined): void {
  const there = useRef<{ guide: Guide; language: typeof language }>(undefined);
  const section = useRef<string>(undefined);
  useEffect(() => {
    const look = () => void (section.current = sectionInView());
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, []);
  // Before the browser tells where the other text has come to lie.
  useLayoutEffect(() => {
    if (language === undefined) return;
    const before = there.current;
    there.current = { guide, language };
    if (before?.guide === guide && before.language !== language) sectionOf(section.current)?.scrollIntoView();
  }, [guide, language]);
}

function sectionOf(id = ''): HTMLElement | null {
  return id === '' ? null : document.querySelector(`.guide-text [id="${CSS.escape(id)}"]`);
}

/** The id of the section that is read; none above the first. */
function sectionInView(): string | undefined {
  const headings = [...document.querySelectorAll('.guide-text [id]')];
  return headings.findLast((heading) => heading.getBoundingClientRect().top <= READ_FROM_PX)?.id;
}
