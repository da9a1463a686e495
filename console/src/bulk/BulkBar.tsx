import { App, Button, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/types.ts';
import type { Deed } from './bulk.ts';
import { BulkDialog } from './BulkDialog.tsx';
import './bulk.css';

/** What can be done to the keys that are chosen. It stays in sight while one goes on choosing. */
export function BulkBar(props: {
  /** The project or account, as in `/projects/prj_…`. */
  base: string;
  keys: readonly Key[];
  deeds?: readonly Deed[];
  mayDelete: boolean;
  /** Chooses all that are found, at most `most`, where there are more than are shown. */
  onAll?: (() => Promise<void>) | undefined;
  most?: number;
  onClear: () => void;
}) {
  const {
    base,
    keys,
    deeds = ['disable', 'enable', 'expire', 'environment', 'template'],
    mayDelete,
    onAll,
    most,
    onClear,
  } = props;
  const { t } = useTranslation();
  const [deed, setDeed] = useState<Deed | null>(null);
  const { message } = App.useApp();
  const [isFinding, setFinding] = useState(false);
  async function choose(all: () => Promise<void>): Promise<void> {
    setFinding(true);
    await all().catch((error: unknown) => message.error((error as Error).message));
    setFinding(false);
  }
  return (
    <>
      <Flex className="bulk-bar" role="region" aria-label={t('bulk.title')} gap={8} wrap align="center">
        <strong role="status">{t('bulk.chosen', { count: keys.length })}</strong>
        {keys.length === most && <span className="soft">{t('bulk.most')}</span>}
        {onAll && (
          <Button type="link" loading={isFinding} onClick={() => void choose(onAll)}>
            {t('bulk.all')}
          </Button>
        )}
        {deeds.map((one) => (
          <Button key={one} onClick={() => setDeed(one)}>
            {t(`bulk.deed.${one}`)}
          </Button>
        ))}
        {mayDelete && (
          <Button danger onClick={() => setDeed('delete')}>
            {t('bulk.deed.delete')}
          </Button>
        )}
        <Button type="text" onClick={onClear}>
          {t('bulk.clear')}
        </Button>
      </Flex>
      {deed && (
        <BulkDialog
          base={base}
          keys={keys}
          deed={deed}
          onClose={() => setDeed(null)}
          onDone={() => {
            setDeed(null);
            onClear();
          }}
        />
      )}
    </>
  );
}
