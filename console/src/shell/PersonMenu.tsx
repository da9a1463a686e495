import { UserOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button, Dropdown } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';

/** Who is signed in, and what they can do about themselves. */
export function PersonMenu() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data } = useQuery(sessionQuery);

  async function signOut(): Promise<void> {
    await call('POST', '/auth/sign-out');
    await navigate({ to: '/sign-in', search: {} });
    queries.clear();
  }

  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'who', label: data?.user.email, disabled: true },
          { type: 'divider' },
          { key: 'out', label: t('shell.signOut'), onClick: () => void signOut() },
        ],
      }}
    >
      <Button type="text" icon={<UserOutlined />} aria-label={t('shell.person', { name: data?.user.name ?? '' })} />
    </Dropdown>
  );
}
