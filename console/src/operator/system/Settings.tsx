import { Checkbox, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Table, type Column } from '../../shell/Table.tsx';
import type { System } from './queries.ts';

type Row = System['settings'][number] & { readonly id: string };

/** The settings of this node as they are in force; secrets are only told as set or not. */
export function Settings({ settings }: Pick<System, 'settings'>) {
  const { t } = useTranslation();
  const [onlyChanged, setOnlyChanged] = useState(true);
  const rows = settings.filter(({ isDefault }) => !onlyChanged || !isDefault).map((one) => ({ ...one, id: one.name }));
  const columns: readonly Column<Row>[] = [
    {
      key: 'name',
      title: t('system.setting'),
      render: ({ name, doc }) => (
        <>
          <code className="any">{name}</code>
          <div className="soft from-768">{doc}</div>
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
            <code className="any">{value}</code>
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
