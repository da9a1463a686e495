import { MenuOutlined, QuestionCircleOutlined } from '@ant-design/icons';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Button } from 'antd';
import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { part } from '../routes/page.ts';
import { useStaying } from '../session/useStaying.ts';
import { AppearanceSwitch } from './AppearanceSwitch.tsx';
import { Brand } from './Brand.tsx';
import { FindButton } from './FindButton.tsx';
import { Nav } from './Nav.tsx';
import { PersonMenu } from './PersonMenu.tsx';
import { ProjectSwitcher } from './ProjectSwitcher.tsx';
import { Suspended } from './Suspended.tsx';
import { useUnread } from './Unread.tsx';
import { useFocusReturn } from './useFocusReturn.ts';
import { useRecovery } from './useRecovery.ts';
import './shell.css';

const NavDrawer = part(async () => (await import('./NavDrawer.tsx')).NavDrawer);

/** What stands around every page: the project, the pages, who is signed in, and the way to the documentation. */
export function Shell() {
  const { t } = useTranslation();
  const [isNavOpen, setNavOpen] = useState(false);
  useStaying();
  const unread = useUnread();
  const isNoted = (unread.project ?? 0) + (unread.account ?? 0) > 0;
  useFocusReturn();
  useRecovery();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  useEffect(() => setNavOpen(false), [path]);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('shell.skip')}
      </a>
      <header>
        <Button
          type="text"
          className="below-992"
          icon={<MenuOutlined />}
          data-noted={isNoted}
          aria-label={isNoted ? t('shell.noted') : t('shell.pages')}
          onClick={() => setNavOpen(true)}
        />
        <Link to="/" style={{ color: 'inherit', textDecoration: 'none' }} aria-label="Keyward">
          <Brand isShort />
        </Link>
        <ProjectSwitcher />
        <span style={{ flex: 1 }} />
        <FindButton />
        <span className="from-576">
          <Link to="/help" className="sign" aria-label={t('place.help')} title={t('place.help')}>
            <QuestionCircleOutlined />
          </Link>
        </span>
        <AppearanceSwitch />
        <PersonMenu />
      </header>
      <div className="shell-sides">
        <div className="shell-nav from-992">
          <Nav />
        </div>
        <main id="content" tabIndex={-1}>
          <Suspended />
          <Outlet />
        </main>
      </div>
      <Suspense>{isNavOpen && <NavDrawer onClose={() => setNavOpen(false)} />}</Suspense>
    </div>
  );
}
