import { CopyOutlined } from '@ant-design/icons';
import { Alert, App, Button, Checkbox, Input, Modal, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Connect } from './Connect.tsx';

/** The value of a new key, this once. It cannot be passed over: only who says that it is saved gets on. */
export function ValueDialog({ name, value, onClose }: { name: string; value: string | null; onClose: () => void }) {
  const { t } = useTranslation();
  const [saved, setSaved] = useState(false);

  return (
    <Modal
      open
      title={t('value.title', { name })}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      width={640}
      footer={
        <Button type="primary" disabled={!saved} onClick={onClose}>
          {t('value.done')}
        </Button>
      }
    >
      <Alert type="warning" showIcon title={t('value.once')} style={{ marginBottom: 16 }} />
      {value === null ? (
        <p>{t('value.replayed')}</p>
      ) : (
        <>
          <Copied text={value} label={t('value.copy')} />
          <Connect value={value} />
        </>
      )}
      <Checkbox checked={saved} onChange={(event) => setSaved(event.target.checked)} style={{ marginTop: 16 }}>
        {t('value.saved')}
      </Checkbox>
    </Modal>
  );
}

function Copied({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const copy = (): void =>
    void navigator.clipboard.writeText(text).then(
      () => message.success(t('value.copied')),
      () => message.error(t('value.notCopied')),
    );
  return (
    <Space.Compact block>
      <Input
        readOnly
        value={text}
        className="mono"
        aria-label={label}
        onFocus={(event) => event.target.select()}
        autoComplete="off"
      />
      <Button icon={<CopyOutlined />} onClick={copy} aria-label={label} />
    </Space.Compact>
  );
}
