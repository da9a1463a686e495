import { Checkbox, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../../appearance.ts';
import { Table, type Column } from '../../shell/Table.tsx';
import type { System } from './queries.ts';
import { SETTINGS_IN_CHINESE } from './settingsInChinese.ts';

type Row = System['settings'][number] & { readonly id: string };

/** The settings of this node as they are in force; secrets are only told as set or not. */
export function Settings({ settings }: Pick<System, 'settings'>) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const [onlyChanged, setOnlyChanged] = useState(true);
  const rows = settings.filter(({ isDefault }) => !onlyChanged || !isDefault).map((one) => ({ ...one, id: one.name }));
  const columns: readonly Column<Row>[] = [
    {
      key: 'name',
      title: t('system.setting'),
      render: ({ name, doc }) => (
        <>
          <code className="any">{name}</code>
          <div className="soft from-768">
            <Coded
              text={(language === 'zh-CN' && SETTINGS_IN_CHINESE[name as keyof typeof SETTINGS_IN_CHINESE]) || doc}
            />
          </div>
        </>
      ),
    },
    {
      key: 'value',
      title: t('system.value'),
      render: ({ value, isSet, isDefault }) => (
        <>
          {value === null ? (
            t(isSet ? 'system.isSet' : 'system.isNotSet')
          ) : value === '' ? (
            '–'
          ) : (
            <code className="setting any">{value}</code>
          )}{' '}
          {isDefault && <Tag>{t('system.default')}</Tag>}
        </>
      ),
    },
  ];
  return (
    <section style={{ marginTop: 24 }}>
      <h2 className="part-title">{t('system.settings')}</h2>
      <p className="soft">{t('system.settingsWhy')}</p>
      <Checkbox
        checked={onlyChanged}
        onChange={({ target }) => setOnlyChanged(target.checked)}
        style={{ marginBottom: 12 }}
      >
        {t('system.onlyChanged')}
      </Checkbox>
      <Table
        label={t('system.settings')}
        columns={columns}
        rows={rows}
        loading={false}
        empty={t('system.allDefault')}
      />
    </section>
  );
}

/** What stands between backticks is to be typed as it is. */
function Coded({ text }: { text: string }) {
  return text.split('`').map((part, at) => (at % 2 === 0 ? part : <code key={at}>{part}</code>));
}
