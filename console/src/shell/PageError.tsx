import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';

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
      {problem?.status === 403 ? (
        <Button type="primary" href="/">
          {t('error.home')}
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
