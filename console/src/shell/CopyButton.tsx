import { CopyOutlined } from '@ant-design/icons';
import { App, Button, Tooltip, type ButtonProps } from 'antd';
import { useTranslation } from 'react-i18next';

/** Copies a text. `label` says which. */
export function CopyButton({ text, label, ...rest }: { text: string; label: string } & ButtonProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const copy = (): void =>
    void navigator.clipboard.writeText(text).then(
      () => message.success(t('once.copied')),
      () => message.error(t('once.notCopied')),
    );
  return (
    <Tooltip title={label}>
      <Button {...rest} icon={<CopyOutlined />} onClick={copy} aria-label={label} />
    </Tooltip>
  );
}
