import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { GUIDES, SHELVES, type Guide } from './guides.ts';

/** All guides, with the one that is open marked; on a narrow screen behind one tap. */
export function GuideList({ here }: { here: Guide }) {
  const { t } = useTranslation();
  const shelves = (
    <>
      {SHELVES.map((shelf) => (
        <section key={shelf}>
          <h2>{t(`help.shelf.${shelf}`)}</h2>
          <ul>
            {GUIDES[shelf].map((guide) => (
              <li key={guide}>
                <Link to="/help/$guide" params={{ guide }} {...(guide === here && { 'aria-current': 'page' })}>
                  {t(`help.guides.${guide}.title`)}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
  return (
    <nav className="guide-list" aria-label={t('help.guideIn.list')}>
      <div className="from-992">{shelves}</div>
      {/* By the guide: chosen is done. */}
      <details className="below-992" key={here}>
        <summary>{t('help.guideIn.list')}</summary>
        {shelves}
      </details>
    </nav>
  );
}
