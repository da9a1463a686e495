import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeField } from './CodeField.tsx';

/** The code after the password, or a recovery code in its place. */
export function SecondStep({
  busy,
  onCode,
}: {
  busy: boolean;
  onCode: (values: { code?: string; recoveryCode?: string }) => void;
}) {
  const { t } = useTranslation();
  const [isRecovery, setRecovery] = useState(false);
  return (
    <Form key={String(isRecovery)} layout="vertical" onFinish={onCode} requiredMark={false}>
      {isRecovery ? (
        <Form.Item
          name="recoveryCode"
          label={t('signIn.recoveryCode')}
          extra={t('signIn.recoveryFrom')}
          rules={[{ required: true, message: t('form.needed') }]}
        >
          <Input autoComplete="off" autoFocus spellCheck={false} />
        </Form.Item>
      ) : (
        <CodeField name="code" autoFocus />
      )}
      <Button type="primary" htmlType="submit" loading={busy} block>
        {t('signIn.enter')}
      </Button>
      <Button type="link" block onClick={() => setRecovery(!isRecovery)}>
        {isRecovery ? t('signIn.useCode') : t('signIn.useRecovery')}
      </Button>
    </Form>
  );
}
