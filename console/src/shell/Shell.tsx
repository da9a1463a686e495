import { BookOutlined, UserOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router';
import { Button, Dropdown, Flex, Layout, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { keyQuery, projectsQuery, sessionQuery } from '../api/queries.ts';
import { AppearanceSwitch } from './AppearanceSwitch.tsx';
import { Brand } from './Brand.tsx';
import { keepProject } from './lastProject.ts';

/** What stands around every page: the project, who is signed in, and the way to the documentation. */
export function Shell() {
  const { t } = useTranslation();
  return (
    <Layout style={{ minHeight: '100dvh' }}>
      <a className="skip" href="#content">
        {t('shell.skip')}
      </a>
      <Layout.Header style={HEADER}>
        <Link to="/" style={{ color: 'inherit', textDecoration: 'none' }} aria-label="Keyward">
          <Brand isShort />
        </Link>
        <ProjectSwitcher />
        <span style={{ flex: 1 }} />
        <Button type="text" href="/docs" icon={<BookOutlined />} aria-label={t('shell.docs')} />
        <AppearanceSwitch />
        <PersonMenu />
      </Layout.Header>
      <Layout.Content id="content" style={{ padding: '20px clamp(12px, 3vw, 32px) 48px' }}>
        <ProjectPages />
        <main style={{ maxWidth: 1440, margin: '0 auto' }}>
          <Outlet />
        </main>
      </Layout.Content>
    </Layout>
  );
}

const HEADER = {
  display: 'flex',
  alignItems: 'center',
  gap: 8,
  height: 'auto',
  minHeight: 56,
  lineHeight: 1.5,
  padding: '8px clamp(12px, 3vw, 32px)',
  background: 'var(--header)',
  borderBottom: '1px solid var(--line)',
} as const;

/** The pages of the project one is at. */
function ProjectPages() {
  const { t } = useTranslation();
  const projectId = useProjectHere();
  if (projectId === undefined) return null;
  return (
    <nav className="tabs" aria-label={t('shell.project')} style={{ maxWidth: 1440, margin: '-8px auto 20px' }}>
      <Flex gap={24}>
        <Link to="/projects/$projectId/keys" params={{ projectId }}>
          {t('keys.title')}
        </Link>
        <Link to="/projects/$projectId/usage" params={{ projectId }}>
          {t('usage.title')}
        </Link>
        <Link to="/projects/$projectId/security" params={{ projectId }}>
          {t('security.title')}
        </Link>
      </Flex>
    </nav>
  );
}

function ProjectSwitcher() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data, isPending } = useQuery(projectsQuery);
  const here = useProjectHere();
  return (
    <Select
      aria-label={t('shell.project')}
      placeholder={t('shell.project')}
      style={{ flex: '0 1 220px', minWidth: 110 }}
      loading={isPending}
      value={here ?? null}
      showSearch={{ optionFilterProp: 'label' }}
      options={(data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(projectId: string) => {
        keepProject(projectId);
        void navigate({ to: '/projects/$projectId/keys', params: { projectId } });
      }}
    />
  );
}

/** The project of the page that is shown. */
function useProjectHere(): string | undefined {
  const { projectId, keyId } = useParams({ strict: false });
  const { data } = useQuery({ ...keyQuery(keyId ?? ''), enabled: keyId !== undefined });
  return projectId ?? data?.projectId ?? undefined;
}

function PersonMenu() {
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
