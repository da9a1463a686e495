import { MoonOutlined, SunOutlined } from '@ant-design/icons';
import { Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { setAppearance, useAppearance, useIsDark } from '../appearance.ts';

/** Language, and light or dark. */
export function AppearanceSwitch() {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const isDark = useIsDark();
  return (
    <Space size={4}>
      <Button
        type="text"
        lang={language === 'en' ? 'zh-CN' : 'en'}
        title={language === 'en' ? '中文' : 'English'}
        onClick={() => setAppearance({ language: language === 'en' ? 'zh-CN' : 'en' })}
      >
        <span className="from-576">{language === 'en' ? '中文' : 'English'}</span>
        <span className="below-576">{language === 'en' ? '中' : 'EN'}</span>
      </Button>
      <Button
        type="text"
        icon={isDark ? <SunOutlined /> : <MoonOutlined />}
        aria-label={isDark ? t('shell.light') : t('shell.dark')}
        onClick={() => setAppearance({ theme: isDark ? 'light' : 'dark' })}
      />
    </Space>
  );
}
