import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Card, Flex, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { version } from '../../../package.json';
import { useAppearance } from '../appearance.ts';
import { PageHead } from '../shell/PageHead.tsx';
import { FirstSteps } from './FirstSteps.tsx';
import { GUIDES, SHELVES } from './guides.ts';
import './help.css';
import { docsQuery } from './queries.ts';
import { ShortcutList } from './ShortcutList.tsx';
import { ShortcutSwitch } from './ShortcutsDialog.tsx';

/** What helps to keep keys safe, in the order in which it matters. */
const ADVICE = ['separate', 'environment', 'least', 'store', 'rotate', 'unused', 'temporary', 'leak'] as const;

/** What is looked up rather than read. */
const REFERENCE = ['api', 'denials', 'roles', 'settings', 'cli'] as const;

/** Where somebody finds the next thing to do, what to heed, and the rest of the guide. */
export function HelpPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('help.title')} />
      <Flex gap={16} wrap align="stretch">
        <FirstSteps />
        <Card title={t('help.shortcuts')} style={{ flex: '1 1 300px', minWidth: 0 }}>
          <ShortcutList />
          <ShortcutSwitch />
        </Card>
        <Card title={t('help.advice')} style={{ flex: '1 1 100%', minWidth: 0 }}>
          <dl className="advice">
            {ADVICE.map((one) => (
              <div key={one}>
                <dt>{t(`help.advised.${one}.what`)}</dt>
                <dd>{t(`help.advised.${one}.how`)}</dd>
              </div>
            ))}
          </dl>
        </Card>
        <Card
          title={t('help.guide')}
          extra={<Typography.Link href="/docs">{t('help.allPages')}</Typography.Link>}
          style={{ flex: '1 1 100%', minWidth: 0 }}
        >
          <div className="shelves">
            {SHELVES.map((shelf) => (
              <section key={shelf}>
                <h2>{t(`help.shelf.${shelf}`)}</h2>
                <ul>
                  {GUIDES[shelf].map((guide) => (
                    <li key={guide}>
                      <Link to="/help/$guide" params={{ guide }}>
                        {t(`help.guides.${guide}.title`)}
                      </Link>
                      <div className="soft">{t(`help.guides.${guide}.about`)}</div>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
            <section>
              <h2>{t('help.reference.title')}</h2>
              <ul>
                {REFERENCE.map((name) => (
                  <li key={name}>
                    <Typography.Link href={`/docs/reference/${name}`}>{t(`help.reference.${name}`)}</Typography.Link>
                  </li>
                ))}
              </ul>
            </section>
          </div>
        </Card>
      </Flex>
      <Updated />
    </>
  );
}

/** How old what is read here is, and of which version. */
function Updated() {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const { data } = useQuery(docsQuery);
  const at = data?.updatedAt ? new Date(data.updatedAt) : null;
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long' });
  return (
    <p className="soft" style={{ marginTop: 24 }}>
      Keyward {version}
      {at && (
        <>
          {' · '}
          {t('help.updated')} <time dateTime={at.toISOString()}>{date.format(at)}</time>
        </>
      )}
    </p>
  );
}
