import { App, Button, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/types.ts';
import type { Deed } from './bulk.ts';
import { BulkDialog } from './BulkDialog.tsx';
import { useGroups } from './useGroups.ts';
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
    deeds = ['disable', 'enable', 'expire', 'environment', 'template', 'group'],
    mayDelete,
    onAll,
    most,
    onClear,
  } = props;
  const { t } = useTranslation();
  // The keys as they were chosen: a list that is read anew below the dialog changes nothing of what it asks.
  const [asked, setAsked] = useState<{ deed: Deed; keys: readonly Key[] } | null>(null);
  const { message } = App.useApp();
  const [isFinding, setFinding] = useState(false);
  async function choose(all: () => Promise<void>): Promise<void> {
    setFinding(true);
    await all().catch((error: unknown) => message.error((error as Error).message));
    setFinding(false);
  }
  const ask = (deed: Deed) => setAsked({ deed, keys });
  const groups = useGroups(deeds.includes('group') ? keys : []);
  if (keys.length === 0 && !asked) return null;
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
        {deeds
          .filter((one) => one !== 'group' || (groups !== undefined && groups.length > 0))
          .map((one) => (
            <Button key={one} onClick={() => ask(one)}>
              {t(`bulk.deed.${one}`)}
            </Button>
          ))}
        {mayDelete && (
          <Button danger onClick={() => ask('delete')}>
            {t('bulk.deed.delete')}
          </Button>
        )}
        <Button type="text" onClick={onClear}>
          {t('bulk.clear')}
        </Button>
      </Flex>
      {asked && (
        <BulkDialog
          base={base}
          {...asked}
          onClose={() => setAsked(null)}
          onDone={() => {
            setAsked(null);
            onClear();
          }}
        />
      )}
    </>
  );
}
