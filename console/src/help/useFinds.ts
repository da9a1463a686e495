import { useQuery } from '@tanstack/react-query';
import { useNavigate, type NavigateOptions } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { foundKeysQuery, projectsQuery, sessionQuery } from '../api/queries.ts';
import { setAppearance, useAppearance, useIsDark } from '../appearance.ts';
import { useAccountHere, useMayInAccount, useMayInProject, useProjectHere, type May } from '../shell/here.ts';
import { keepProject, lastProject } from '../shell/lastProject.ts';
import { accountPlaces, platformPlaces, projectPlaces, type Place } from '../shell/places.ts';
import { narrowed, type Find } from './finds.ts';
import { GUIDES, SHELVES } from './guides.ts';
import { docsQuery } from './queries.ts';

/** Fewer letters than this find no keys and no pages of the documentation. */
const LEAST = 2;
const MOST_KEYS = 8;

/** Everything that fits what was typed, group by group. `asked`: what is asked of the server, a moment behind the typing. */
export function useFinds(text: string, asked: string, onShortcuts: () => void): readonly Find[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const isDark = useIsDark();
  const { language } = useAppearance();
  const projectId = useProjectHere() ?? lastProject() ?? undefined;
  const accountId = useAccountHere();
  const mayInProject = useMayInProject(projectId);
  const mayInAccount = useMayInAccount(accountId);
  const isOperator = useQuery(sessionQuery).data?.user.isOperator === true;
  const projects = useQuery(projectsQuery).data?.data ?? [];
  const here = projects.find(({ id }) => id === projectId);
  const mayFind = here !== undefined && mayInProject('keys.read') && asked.trim().length >= LEAST;
  const keys = useQuery({ ...foundKeysQuery(projectId ?? '', asked.trim(), MOST_KEYS), enabled: mayFind });
  const docs = useQuery(docsQuery).data?.pages ?? [];
  const isSearched = text.trim().length >= LEAST;

  const go = (link: object) => () => void navigate(link as NavigateOptions);
  const pagesOf = (places: readonly Place[], may: May, note: string | undefined): Find[] =>
    places
      .filter(({ permission, whole }) => permission === undefined || may(permission, whole))
      .map(({ word, link }) => ({
        id: `page-${word}`,
        group: t('help.find.pages'),
        label: t(`place.${word}`),
        note,
        run: go(link),
      }));
  const pages = [
    ...(here ? pagesOf(projectPlaces(here.id), mayInProject, here.name) : []),
    ...(accountId === undefined ? [] : pagesOf(accountPlaces(accountId), mayInAccount, t('shell.account'))),
    ...(isOperator ? pagesOf(platformPlaces(), () => true, t('shell.platform')) : []),
  ];
  const action = (id: string, label: string, run: () => void, note?: string): Find => ({
    id: `do-${id}`,
    group: t('help.find.actions'),
    label,
    note,
    run,
  });
  const actions = [
    ...(here && mayInProject('keys.create')
      ? [
          action(
            'create',
            t('keys.create'),
            go({ to: '/projects/$projectId/keys', params: { projectId: here.id }, search: { create: true } }),
            here.name,
          ),
        ]
      : []),
    action('theme', t(isDark ? 'help.find.toLight' : 'help.find.toDark'), () =>
      setAppearance({ theme: isDark ? 'light' : 'dark' }),
    ),
    action('language', language === 'en' ? '切换到中文' : 'Switch to English', () =>
      setAppearance({ language: language === 'en' ? 'zh-CN' : 'en' }),
    ),
    action('shortcuts', t('help.shortcuts'), onShortcuts),
  ];
  const others = projects
    .filter(({ id }) => id !== projectId)
    .map(({ id, name }): Find => ({
      id: `project-${id}`,
      group: t('help.find.projects'),
      label: name,
      run: () => {
        keepProject(id);
        void navigate({ to: '/projects/$projectId/keys', params: { projectId: id } });
      },
    }));
  // The server found them; nothing is narrowed again.
  const found = (mayFind && isSearched ? (keys.data?.data ?? []) : []).map(({ id, name, masked }): Find => ({
    id: `key-${id}`,
    group: t('help.find.keys'),
    label: name,
    note: masked,
    run: go({ to: '/keys/$keyId', params: { keyId: id } }),
  }));
  const guides = (isSearched ? SHELVES.flatMap((shelf) => GUIDES[shelf]) : []).map((guide): Find => ({
    id: `guide-${guide}`,
    group: t('help.find.guides'),
    label: t(`help.guides.${guide}.title`),
    note: t(`help.guides.${guide}.about`),
    also: guide,
    run: go({ to: '/help/$guide', params: { guide } }),
  }));
  const read = (isSearched ? docs : [])
    .filter(({ path }) => !path.startsWith('/docs/guide'))
    .map(({ title, path }): Find => ({
      id: `docs-${path}`,
      group: t('help.find.docs'),
      label: title,
      note: path.slice('/docs/'.length),
      run: () => location.assign(path),
    }));
  return [
    ...narrowed(pages, text),
    ...narrowed(actions, text),
    ...found,
    ...narrowed(isSearched ? others : others.slice(0, LEAST * 2), text),
    ...narrowed(guides, text),
    ...narrowed(read, text),
  ];
}
