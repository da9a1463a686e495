import { Drawer, Grid } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Snippets } from '../shell/Snippets.tsx';
import { modelSnippets } from './snippets.ts';
import type { Model } from '../api/types.ts';

/** How to call a model or an endpoint with a key of the project. */
export function TryDrawer(props: {
  name: string;
  protocols: Model['protocols'];
  onClose: () => void;
  /** What else is known of it. */
  children?: ReactNode;
}) {
  const { name, protocols, onClose, children } = props;
  const { t } = useTranslation();
  const screens = Grid.useBreakpoint();
  return (
    <Drawer open title={t('resources.tryIt', { name })} onClose={onClose} size={screens.sm ? 620 : '100%'}>
      <p className="soft" style={{ marginTop: 0 }}>
        {t('resources.tryWhy')}
      </p>
      <Snippets label={t('resources.tryIt', { name })} ways={modelSnippets(name, protocols, location.origin)} />
      {children}
    </Drawer>
  );
}
