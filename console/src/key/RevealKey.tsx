import { CopyOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, App, Button, Modal, Tooltip } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, hasCode } from '../api/client.ts';
import { accountSecurityQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { NotProved, proving } from '../session/proving.ts';
import { Copied } from '../shell/OnceDialog.tsx';

/** How long a value stays in sight. */
const SHOWN_MS = 60_000;

/**
 * Copies and shows the whole value, where the account keeps values; where it does not, says so and offers a new one. The
 * value is in this part's state alone, and leaves the page with its dialog.
 */
export function RevealKey(props: { keyOf: KeyDetails; mayRotate: boolean; onRotate: () => void }) {
  const { keyOf, mayRotate, onRotate } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const security = useQuery(accountSecurityQuery(keyOf.accountId));
  const [shown, setShown] = useState<{ value: string; isCopied: boolean } | null>(null);
  const [why, setWhy] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  // A value that is left on a screen is seen by whoever comes by.
  useEffect(() => {
    if (!shown) return undefined;
    const timer = setTimeout(() => setShown(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  const isKept = security.data?.keyReveal === 'recoverable';

  async function reveal(): Promise<void> {
    if (!isKept) return setWhy(t('reveal.once'));
    setBusy(true);
    try {
      const { value } = await proving(() => call<{ value: string }>('POST', `/keys/${keyOf.id}/reveal`, { body: {} }));
      const isCopied = await navigator.clipboard.writeText(value).then(
        () => true,
        () => false,
      );
      setShown({ value, isCopied });
    } catch (error) {
      if (error instanceof NotProved) return;
      if (hasCode(error, 'not_found')) setWhy(t('reveal.notKept'));
      else void message.error((error as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Tooltip title={t('reveal.copy')}>
        <Button
          size="small"
          type="text"
          icon={<CopyOutlined />}
          aria-label={t('reveal.copy')}
          loading={busy}
          disabled={security.isPending}
          onClick={() => void reveal()}
        />
      </Tooltip>
      {shown && (
        <Modal
          open
          title={t('value.title', { name: keyOf.name })}
          width={640}
          footer={<Button onClick={() => setShown(null)}>{t('reveal.hide')}</Button>}
          onCancel={() => setShown(null)}
        >
          <Alert
            type={shown.isCopied ? 'success' : 'info'}
            showIcon
            title={shown.isCopied ? t('reveal.copied') : t('reveal.shown')}
            description={t('reveal.recorded')}
            style={{ marginBottom: 16 }}
          />
          <Copied text={shown.value} label={t('value.copy')} />
          <p className="soft">{t('reveal.hides')}</p>
        </Modal>
      )}
      {why !== null && (
        <Modal
          open
          title={t('reveal.title')}
          okText={t('reveal.rotate')}
          cancelText={t('reveal.leave')}
          cancelButtonProps={{ autoFocus: true }}
          okButtonProps={{ hidden: !mayRotate }}
          onOk={() => {
            setWhy(null);
            onRotate();
          }}
          onCancel={() => setWhy(null)}
        >
          <p>{why}</p>
          <p>{mayRotate ? t('reveal.instead') : t('reveal.askForIt')}</p>
        </Modal>
      )}
    </>
  );
}
