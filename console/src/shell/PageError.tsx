import { useRouter } from '@tanstack/react-router';
import { Button } from 'antd';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, mayBeBack } from '../api/client.ts';
import './pageError.css';

const AGAIN_MS = 5000;

/** In place of a page whose way there failed. It goes on by itself once the server is back. */
export function RouteError({ error }: { error: unknown }) {
  const router = useRouter();
  const isAway = mayBeBack(error);
  useEffect(() => {
    if (!isAway) return undefined;
    const timer = setInterval(() => void router.invalidate(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [router, isAway]);
  return <PageError error={error} reset={() => void router.invalidate()} />;
}

/** In place of a page that could not be shown, with what the server said. */
export function PageError({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation();
  const problem = error instanceof ApiError ? error.problem : null;
  if (problem?.status === 404) return <PageMissing />;
  // What is no answer of the server is mostly a part of the page that could not be fetched: only loading it anew does.
  const again = problem ? reset : () => location.reload();
  return (
    <Instead
      sign={problem?.status === 403 ? '403' : '!'}
      title={problem?.status === 403 ? t('error.noPermission') : t('error.title')}
      why={problem?.detail ?? t('error.unknown')}
    >
      {mayBeBack(error) && <p className="soft">{t('error.byItself')}</p>}
      {problem?.status === 403 ? (
        <Button type="primary" href="/projects">
          {t('shell.allProjects')}
        </Button>
      ) : (
        again && (
          <Button type="primary" onClick={again}>
            {t('error.again')}
          </Button>
        )
      )}
    </Instead>
  );
}

/** For what is not there, or is not for whoever asks. */
export function PageMissing() {
  const { t } = useTranslation();
  return (
    <Instead sign="404" title={t('error.missing')} why={t('error.missingWhy')}>
      <Button type="primary" href="/">
        {t('error.home')}
      </Button>
    </Instead>
  );
}

function Instead(props: { sign: string; title: string; why: string; children: ReactNode }) {
  const { sign, title, why, children } = props;
  return (
    <div className="instead" role="alert">
      <span className="instead-sign" aria-hidden>
        {sign}
      </span>
      <h1>{title}</h1>
      <p className="any">{why}</p>
      {children}
    </div>
  );
}
