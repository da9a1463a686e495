import { useTranslation } from 'react-i18next';
import type { DenialCode } from '../../../src/core/denial.ts';

/** Why something was refused, and what to do about it. */
export function Reason({ code }: { code: string }) {
  const { t, i18n } = useTranslation();
  const known = i18n.exists(`refusal.why.${code}`) ? (code as DenialCode) : null;
  return (
    <div>
      <span>
        {known ? t(`refusal.why.${known}`) : code} <code className="soft">{code}</code>
      </span>
      <div className="soft">{known ? t(`refusal.do.${known}`) : t('refusal.other')}</div>
    </div>
  );
}
