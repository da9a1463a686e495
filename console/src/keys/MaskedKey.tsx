import { CopyOutlined } from '@ant-design/icons';
import { App, Button, Flex, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/types.ts';

/** What tells keys apart, to look for it in logs. It is not enough to call with, and says so. */
export function MaskedKey({ keyOf: { name, masked } }: { keyOf: Pick<Key, 'name' | 'masked'> }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const copy = (): void =>
    void navigator.clipboard.writeText(masked).then(
      () => message.success(t('keys.maskedCopied')),
      () => message.error(t('once.notCopied')),
    );
  return (
    <Flex gap={2} align="center" onClick={(event) => event.stopPropagation()}>
      <code style={{ whiteSpace: 'nowrap' }}>{masked}</code>
      <Tooltip title={t('keys.maskedWhy')}>
        <Button
          type="text"
          size="small"
          icon={<CopyOutlined />}
          aria-label={t('keys.copyMasked', { name })}
          onClick={copy}
        />
      </Tooltip>
    </Flex>
  );
}
