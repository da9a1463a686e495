import { useTranslation } from 'react-i18next';
import { State } from '../../shell/State.tsx';
import { Told } from '../../shell/Told.tsx';
import type { Tested } from './useTesting.ts';

/** What a provider answered to a test, in what time. */
export function TestResult({ result }: { result: Tested }) {
  const { t } = useTranslation();
  const told =
    result === undefined || result === 'asked' ? null : result instanceof Error ? (
      <State kind="bad">{result.message}</State>
    ) : (
      <>
        <State kind={result.ok ? 'good' : 'bad'}>
          <Told sentence={result.detail} />
        </State>
        <div className="soft">
          {result.status === null
            ? t('providers.unreached', { ms: result.durationMs })
            : t('providers.answered', { status: result.status, ms: result.durationMs })}
        </div>
      </>
    );
  return <div role="status">{told}</div>;
}
