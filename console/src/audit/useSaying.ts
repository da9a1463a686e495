import { useTranslation } from 'react-i18next';

/** Operations and kinds of things in words; one that has none is said by its name in the API. */
export function useSaying(): { operation: (id: string) => string; noun: (type: string) => string } {
  const { t, i18n } = useTranslation();
  // Looked up by names that the server gives: no list of the console's could be complete.
  const wordOf = (family: 'whole' | 'verb' | 'noun', name: string) => {
    const path = `audited.${family}.${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    return i18n.exists(path) ? (t as (path: string) => string)(path) : undefined;
  };

  function operation(id: string): string {
    const whole = wordOf('whole', id);
    const [, verb = '', rest = ''] = /^([a-z]+)([A-Z]\w*)$/.exec(id) ?? [];
    const [did, noun] = [wordOf('verb', verb), wordOf('noun', rest)];
    // Chinese puts a space only beside what is not Chinese.
    const gap = i18n.language === 'zh-CN' && /^[A-Za-z0-9]/.test(noun ?? '') ? ' ' : '';
    return (
      whole ?? (did !== undefined && noun !== undefined ? t('audited.did', { verb: did, noun: `${gap}${noun}` }) : id)
    );
  }
  return { operation, noun: (type) => wordOf('noun', type) ?? type };
}
