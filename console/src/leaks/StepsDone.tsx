import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { doneCount, isDone, STEPS } from './steps.ts';
import type { Leak } from './types.ts';
import './leaks.css';

/** How far a report has come, at a glance. */
export function StepsDone({ leak }: { leak: Pick<Leak, 'left' | 'status'> }) {
  const { t } = useTranslation();
  if (leak.status === 'closed') return <Tag>{t('leaks.status.closed')}</Tag>;
  return (
    <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center', flexWrap: 'wrap' }}>
      <span className="steps-done" aria-hidden>
        {STEPS.map((step) => (
          <span key={step} data-done={isDone(leak, step)} />
        ))}
      </span>
      {t('leaks.done', { count: doneCount(leak) })}
    </span>
  );
}
