import { useTranslation } from 'react-i18next';
import { Copied, OnceDialog } from '../shell/OnceDialog.tsx';
import { Connect } from './Connect.tsx';

/** The value of a new key, this once, and how to call with it. Null: it was shown when the key was made. */
export function ValueDialog(props: {
  name: string;
  value: string | null;
  /** Where the key is called; null: where the console is. */
  baseUrl: string | null;
  onClose: () => void;
}) {
  const { name, value, baseUrl, onClose } = props;
  const { t } = useTranslation();
  return (
    <OnceDialog title={t('value.title', { name })} onClose={onClose}>
      {value === null ? (
        <p>{t('value.replayed')}</p>
      ) : (
        <>
          <Copied text={value} label={t('value.copy')} />
          <Connect value={value} baseUrl={baseUrl} />
        </>
      )}
    </OnceDialog>
  );
}
