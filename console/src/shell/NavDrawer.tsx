import { Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { Nav } from './Nav.tsx';

/** The pages, where the window has no room for them at the side. */
export function NavDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open placement="left" size={280} title={t('shell.pages')} onClose={onClose}>
      <Nav onGo={onClose} />
    </Drawer>
  );
}
