import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { accountsQuery, groupsQuery, keyQuery, projectsQuery, resourcesQuery, securityQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { useAppearance } from '../appearance.ts';

/** How many names are said before they are counted instead. */
const MOST_NAMES = 3;

/** Why a key does nothing now, the first reason that the server would give; `active`: it does. */
export type Standing = 'active' | 'disabled' | 'suspended' | 'expired' | 'parent';

/** What a key may do, in one sentence: what it opens, from where, until when, in which group, and whether it does now. */
export function useKeySentence(key: KeyDetails): { standing: Standing; sentence: string } {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const { projectId, scope } = key;
  const inProject = projectId !== null;
  const projects = useQuery(projectsQuery);
  const accounts = useQuery(accountsQuery);
  const parent = useQuery({ ...keyQuery(key.parentKeyId ?? ''), enabled: key.parentKeyId !== null });
  const resources = useQuery({ ...resourcesQuery(projectId ?? ''), enabled: inProject && scope.mode === 'range' });
  const groups = useQuery({ ...groupsQuery(projectId ?? ''), enabled: inProject && key.groupId !== null });
  const security = useQuery({ ...securityQuery(projectId ?? ''), enabled: inProject, retry: false });

  const account = accounts.data?.data.find(({ id }) => id === key.accountId);
  const project = projects.data?.data.find(({ id }) => id === projectId)?.name ?? projectId ?? '';
  const list = (parts: readonly string[]) =>
    // The platform's 和 would stand without a space beside Latin letters and figures.
    language === 'zh-CN' ? parts.join(t('list.comma')) : new Intl.ListFormat(language).format(parts);
  const dayOf = (at: string) =>
    new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));

  function what(): string {
    if (key.class === 'management')
      return inProject
        ? t('sentence.managesProject', { project })
        : t('sentence.managesAccount', { account: account?.name ?? key.accountId });
    if (scope.mode === 'all')
      return key.class === 'temporary'
        ? t('sentence.asParent', { parent: parent.data?.name ?? t('sentence.itsKey') })
        : t('sentence.everything', { project });
    const nameOf = ({ type, id }: (typeof scope.resources)[number]) =>
      resources.data?.[type].find((one) => one.id === id)?.name;
    const names = scope.resources.map((one) => {
      const name = nameOf(one);
      return name !== undefined && one.access === 'read' ? t('scope.readOnly', { name }) : name;
    });
    if (names.length <= MOST_NAMES && names.every((name) => name !== undefined))
      return t('sentence.only', { what: list(names) });
    const counted = (['model', 'endpoint', 'service'] as const)
      .map((type) => [type, scope.resources.filter((one) => one.type === type).length] as const)
      .filter(([, count]) => count > 0)
      .map(([type, count]) => t(`scope.${type}`, { count }));
    return t('sentence.only', { what: list(counted) });
  }

  function where(): string {
    const said = (lines: readonly string[]) =>
      lines.length <= MOST_NAMES ? list(lines) : t('sentence.addresses', { count: lines.length });
    const { ipAllow, ipDeny } = key;
    if (ipAllow.length === 0 && ipDeny.length === 0) return t('sentence.fromAnywhere');
    if (ipDeny.length === 0) return t('sentence.from', { from: said(ipAllow) });
    if (ipAllow.length === 0) return t('sentence.except', { except: said(ipDeny) });
    return t('sentence.fromExcept', { from: said(ipAllow), except: said(ipDeny) });
  }

  const isBoundByProject = (security.data?.ipAllow.length ?? 0) + (security.data?.ipDeny.length ?? 0) > 0;
  const group = groups.data?.data.find(({ id }) => id === key.groupId)?.name;
  const standing: Standing =
    key.status === 'disabled'
      ? 'disabled'
      : parent.data?.status === 'disabled'
        ? 'parent'
        : account?.status === 'suspended'
          ? 'suspended'
          : key.state;
  const parts = [
    what(),
    where(),
    ...(isBoundByProject ? [t('sentence.projectAddresses')] : []),
    ...(standing === 'expired'
      ? []
      : [key.expiresAt === null ? t('sentence.noEnd') : t('sentence.until', { at: dayOf(key.expiresAt) })]),
    ...(group === undefined ? [] : [t('sentence.inGroup', { group })]),
  ].join(t('sentence.comma'));
  const at = key.expiresAt === null ? '' : dayOf(key.expiresAt);
  return { standing, sentence: t(`sentence.${standing}`, { parts, at, parent: parent.data?.name ?? '' }) };
}
