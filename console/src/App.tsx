import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { App as Messages, ConfigProvider, theme, type ConfigProviderProps } from 'antd';
import english from 'antd/es/locale/en_US';
import { Suspense, useEffect, useEffectEvent, useState } from 'react';
import { ApiError, isNoMore } from './api/client.ts';
import { useAppearance, useIsDark, useIsStill } from './appearance.ts';
import { speak } from './language.ts';
import { useTranslation } from 'react-i18next';
import { createConsoleRouter } from './router.tsx';
import { part } from './routes/page.ts';
import { takeOutcome } from './session/arrival.ts';
import { useAsked } from './session/proving.ts';

const queries = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // Gone, or no longer for whoever looks: what was read before is not shown as if it were still so.
      if (isNoMore(error)) query.setState({ data: undefined });
    },
  }),
  defaultOptions: {
    queries: {
      // Without a network too: then it is said that the server cannot be reached, and what was asked for does not hang.
      networkMode: 'always',
      staleTime: 10_000,
      // What was refused stays refused; what could not be reached may be back.
      retry: (times, error) => times < 2 && (!(error instanceof ApiError) || error.problem.status === 503),
    },
    // Answers hold values of keys and links, and forms hold passwords: nothing may keep them.
    mutations: { networkMode: 'always', gcTime: 0 },
  },
});
const router = createConsoleRouter(queries);

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

type Words = NonNullable<ConfigProviderProps['locale']>;

/** The components' own words. They have some in every language: without any, all pages would be built anew when they come. */
async function wordsOf(language: string): Promise<Words> {
  return language === 'en' ? english : (await import('antd/es/locale/zh_CN')).default;
}

export function App() {
  const [words, setWords] = useState<Words>(english);
  const { language } = useAppearance();
  const isDark = useIsDark();
  const isStill = useIsStill();
  useEffect(() => {
    void speak(language);
    void wordsOf(language).then((next) => setWords(() => next));
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    document.documentElement.style.colorScheme = isDark ? 'dark' : 'light';
  }, [isDark]);
  return (
    <ConfigProvider
      locale={words}
      button={{ autoInsertSpace: false }}
      theme={{
        algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
        token: {
          colorPrimary: isDark ? '#1b7d65' : '#1a6b58',
          colorInfo: isDark ? '#1b7d65' : '#1a6b58',
          colorSuccess: isDark ? '#3fbf8f' : '#1f8a5f',
          colorLink: isDark ? '#5cc5ab' : '#1a6b58',
          colorBgLayout: isDark ? '#000000' : '#f5f6f7',
          colorError: isDark ? '#ff7875' : '#c41d2a',
          colorTextSecondary: isDark ? '#a9b2bd' : '#515b68',
          colorTextDescription: isDark ? '#a9b2bd' : '#515b68',
          colorTextPlaceholder: isDark ? '#8f99a5' : '#68727f',
          // By its own switch: parts wait for the end of what moves before they take their place.
          motion: !isStill,
          colorInfoBg: isDark ? '#10231e' : '#edf6f3',
          colorInfoBorder: isDark ? '#1f4a3f' : '#bfdcd3',
          borderRadius: 8,
          borderRadiusSM: 4,
          fontFamily: "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Noto Sans SC', sans-serif",
        },
        components: {
          Button: { dangerColor: isDark ? '#2a0a0a' : '#ffffff' },
          Tabs: { itemSelectedColor: isDark ? '#5cc5ab' : '#1a6b58', itemHoverColor: isDark ? '#5cc5ab' : '#1a6b58' },
        },
      }}
    >
      <QueryClientProvider client={queries}>
        <Messages>
          <RouterProvider router={router} />
          <Asking />
        </Messages>
      </QueryClientProvider>
    </ConfigProvider>
  );
}

const IdentityCheck = part(async () => (await import('./session/IdentityCheck.tsx')).IdentityCheck, 'entry');

/** The question is fetched when it is first asked. */
function Asking() {
  const asked = useAsked();
  const { t } = useTranslation();
  const { message } = Messages.useApp();
  const onArrival = useEffectEvent(() => {
    // The page of the sign-in has its own way on.
    const outcome = location.pathname === '/sign-in' ? undefined : takeOutcome();
    if (outcome === 'signed_in') void message.success(t('provider.confirmed'));
    else if (outcome !== undefined) void message.error(t('provider.refused'));
  });
  useEffect(() => onArrival(), []);
  return <Suspense>{asked && <IdentityCheck />}</Suspense>;
}
