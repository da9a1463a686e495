import { Card, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { Facts } from '../shell/Facts.tsx';
import { Moment } from '../shell/Moment.tsx';

/** What a project or an account is to programs, and since when it is there. */
export function About({ id, createdAt }: { id: string; createdAt: string }) {
  const { t } = useTranslation();
  return (
    <Card>
      <Facts
        facts={[
          [
            'ID',
            <Typography.Text key="id" copyable className="mono any">
              {id}
            </Typography.Text>,
          ],
          [t('settings.created'), <Moment key="created" at={createdAt} />],
        ]}
      />
    </Card>
  );
}
