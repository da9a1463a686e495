import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { AttemptText } from './AttemptText.tsx';
import type { Delivery } from './queries.ts';

/** What the receiver said to a test. */
export function TestAnswer({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const { t } = useTranslation();
  const attempt = delivery.attempts.at(-1);
  const isGood = delivery.status === 'delivered';
  return (
    <Alert
      type={isGood ? 'success' : 'error'}
      showIcon
      title={isGood ? t('webhooks.testGood') : t('webhooks.testBad')}
      description={attempt && <AttemptText attempt={attempt} />}
      closable={{ onClose }}
      style={{ marginBottom: 16 }}
    />
  );
}
