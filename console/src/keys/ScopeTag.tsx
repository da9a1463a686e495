import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Scope } from '../api/types.ts';

/** Everything, or how many of what. */
export function ScopeTag({ scope }: { scope: Scope }) {
  const { t } = useTranslation();
  if (scope.mode === 'all') return <Tooltip title={t('scope.allWhy')}>{t('scope.all')}</Tooltip>;
  const count = (type: string) => scope.resources.filter((one) => one.type === type).length;
  const parts = (['model', 'endpoint', 'service'] as const)
    .map((type) => [type, count(type)] as const)
    .filter(([, many]) => many > 0)
    .map(([type, many]) => t(`scope.${type}`, { count: many }));
  return <>{parts.join(t('list.comma'))}</>;
}
