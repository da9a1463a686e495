import { Empty } from 'antd';
import { useTranslation } from 'react-i18next';

/** The home of someone who has no project yet. */
export function NoProject() {
  const { t } = useTranslation();
  return <Empty description={t('shell.noProject')} style={{ marginTop: 96 }} />;
}
