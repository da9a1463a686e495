import { Button, Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';

/** In place of a page that could not be shown, with what the server said. */
export function PageError({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation();
  const problem = error instanceof ApiError ? error.problem : null;
  if (problem?.status === 404) return <PageMissing />;
  return (
    <Result
      status={problem?.status === 403 ? '403' : 'warning'}
      title={problem?.status === 403 ? t('error.noPermission') : t('error.title')}
      subTitle={problem?.detail ?? t('error.unknown')}
      extra={
        reset && (
          <Button type="primary" onClick={reset}>
            {t('error.again')}
          </Button>
        )
      }
    />
  );
}

/** For what is not there, or is not for whoever asks. */
export function PageMissing() {
  const { t } = useTranslation();
  return (
    <Result
      status="404"
      title={t('error.missing')}
      subTitle={t('error.missingWhy')}
      extra={
        <Button type="primary" href="/">
          {t('error.home')}
        </Button>
      }
    />
  );
}
