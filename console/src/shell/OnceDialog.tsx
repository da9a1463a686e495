import { useBlocker } from '@tanstack/react-router';
import { Alert, Button, Checkbox, Input, Modal, Space } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from './CopyButton.tsx';

/** Shows what is shown this once. It cannot be passed over: only who says that it is saved gets on. */
export function OnceDialog({
  title,
  why,
  onClose,
  children,
}: {
  title: string;
  why?: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const [saved, setSaved] = useState(false);
  // Neither by the way back, nor by loading the page anew without being asked.
  useBlocker({ shouldBlockFn: () => !saved, enableBeforeUnload: () => !saved });
  return (
    <Modal
      open
      title={title}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      width={640}
      footer={
        <Button type="primary" disabled={!saved} onClick={onClose}>
          {t('once.done')}
        </Button>
      }
    >
      <Alert type="warning" showIcon title={why ?? t('once.why')} style={{ marginBottom: 16 }} />
      {children}
      <Checkbox checked={saved} onChange={(event) => setSaved(event.target.checked)} style={{ marginTop: 16 }}>
        {t('once.saved')}
      </Checkbox>
    </Modal>
  );
}

/** A line of text and a button that copies it. `label` names both. */
export function Copied({ text, label }: { text: string; label: string }) {
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
      <CopyButton text={text} label={label} />
    </Space.Compact>
  );
}
