import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import './help.css';
import { GO, KEYS } from './keys.ts';

/** Every key that does something. */
export function ShortcutList() {
  const { t } = useTranslation();
  const all = [
    ...KEYS.map(({ keys, word }) => ({ keys: keys as readonly string[], told: t(`help.shortcut.${word}`) })),
    ...GO.map(({ key, word }) => ({ keys: ['g', key], told: t('help.shortcut.go', { page: t(`place.${word}`) }) })),
  ];
  return (
    <dl className="shortcuts">
      {all.map(({ keys, told }) => (
        <div key={told}>
          <dt>
            {keys.map((key, at) => (
              <Fragment key={key}>
                {at > 0 && ' '}
                <kbd>{key}</kbd>
              </Fragment>
            ))}
          </dt>
          <dd>{told}</dd>
        </div>
      ))}
    </dl>
  );
}
