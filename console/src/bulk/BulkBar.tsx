import { Button, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/types.ts';
import type { Deed } from './bulk.ts';
import { BulkDialog } from './BulkDialog.tsx';

/** What can be done to the keys that are chosen. It stays in sight while one goes on choosing. */
export function BulkBar(props: {
  /** The project or account, as in `/projects/prj_…`. */
  base: string;
  keys: readonly Key[];
  deeds?: readonly Deed[];
  mayDelete: boolean;
  onClear: () => void;
}) {
  const { base, keys, deeds = ['disable', 'enable', 'expire'], mayDelete, onClear } = props;
  const { t } = useTranslation();
  const [deed, setDeed] = useState<Deed | null>(null);
  return (
    <>
      <Flex className="bulk-bar" role="region" aria-label={t('bulk.title')} gap={8} wrap align="center">
        <strong role="status">{t('bulk.chosen', { count: keys.length })}</strong>
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
