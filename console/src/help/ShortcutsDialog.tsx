import { Flex, Modal, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { setAppearance, useAppearance } from '../appearance.ts';
import { ShortcutList } from './ShortcutList.tsx';

/** The keys that do something, and the switch for those that are single. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open title={t('help.shortcuts')} footer={null} onCancel={onClose}>
      <ShortcutList />
      <ShortcutSwitch />
    </Modal>
  );
}

/** Single keys get in the way of who speaks to the computer, or types by other means: they can be switched off. */
export function ShortcutSwitch() {
  const { t } = useTranslation();
  const { shortcuts } = useAppearance();
  return (
    <Flex gap={8} align="center" style={{ marginTop: 16 }}>
      <Switch
        id="single-keys"
        size="small"
        checked={shortcuts}
        onChange={(next) => setAppearance({ shortcuts: next })}
      />
      <label htmlFor="single-keys">{t('help.singleKeys')}</label>
    </Flex>
  );
}
