import { DownloadOutlined, PrinterOutlined } from '@ant-design/icons';
import { Button, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../shell/CopyButton.tsx';
import { OnceDialog } from '../shell/OnceDialog.tsx';
import './profile.css';

/** The codes that do in the place of the app, shown this once, to be kept on paper or in a file. */
export function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const text = codes.join('\n');

  function download(): void {
    const url = URL.createObjectURL(new Blob([`Keyward ${location.host}\n\n${text}\n`], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'keyward-recovery-codes.txt';
    link.click();
    URL.revokeObjectURL(url);
  }

  return (
    <OnceDialog title={t('secondFactor.codes')} why={t('secondFactor.codesWhy')} onClose={onClose}>
      <ol className="recovery-codes mono" aria-label={t('secondFactor.codes')}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <Flex gap={8} wrap>
        <CopyButton text={text} label={t('secondFactor.copyCodes')} />
        <Button icon={<DownloadOutlined />} onClick={download}>
          {t('secondFactor.download')}
        </Button>
        <Button icon={<PrinterOutlined />} onClick={() => print()}>
          {t('secondFactor.print')}
        </Button>
      </Flex>
    </OnceDialog>
  );
}
