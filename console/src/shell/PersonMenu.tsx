import { UserOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { tellOthers } from '../session/useStaying.ts';
import { Disclosure } from './Disclosure.tsx';

/** Who is signed in, and what they can do about themselves. */
export function PersonMenu() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { data } = useQuery(sessionQuery);

  async function signOut(): Promise<void> {
    try {
      await call('POST', '/auth/sign-out');
    } catch (error) {
      return void message.error(`${t('shell.notSignedOut')} ${(error as Error).message}`);
    }
    tellOthers();
    // With the document goes all that was read: the way back leads to none of it.
    location.replace('/sign-in');
  }

  return (
    <Disclosure label={t('shell.person', { name: data?.user.name ?? '' })} icon={<UserOutlined />}>
      <li className="soft disclosure-head any">{data?.user.email}</li>
      <li>
        <Link to="/profile">{t('shell.profile')}</Link>
      </li>
      <li>
        <Button type="text" block onClick={() => void signOut()}>
          {t('shell.signOut')}
        </Button>
      </li>
    </Disclosure>
  );
}
