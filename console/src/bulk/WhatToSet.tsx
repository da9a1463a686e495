import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/types.ts';
import { OneOf } from '../form/OneOf.tsx';
import { allTemplatesQuery } from '../limits/queries.ts';
import { Until } from '../shell/Until.tsx';
import { expiryIn, FIRST_DAYS, type Change } from './bulk.ts';
import { useGroups } from './useGroups.ts';

const DAYS = [7, 30, 90, 365] as const;
const ENVIRONMENTS = ['prod', 'staging', 'dev'];
const WIDE = { width: '100%' };

/** The choice of an expiry, an environment, a limit template or a group for all of some keys. */
export function WhatToSet(props: {
  deed: 'expire' | 'environment' | 'template' | 'group';
  keys: readonly Key[];
  /** Null: nothing is chosen yet. */
  change: Change | null;
  onChange: (change: Change) => void;
}) {
  const { deed, keys, change, onChange } = props;
  const [first] = keys;
  return (
    <div style={{ marginBottom: 16 }}>
      {deed === 'expire' && <Expiry at={change?.expiresAt ?? null} onChange={onChange} />}
      {deed === 'environment' && <Environment keys={keys} onChange={onChange} />}
      {deed === 'template' && first && <Template accountId={first.accountId} onChange={onChange} />}
      {deed === 'group' && <Group keys={keys} onChange={onChange} />}
    </div>
  );
}

function Expiry({ at, onChange }: { at: string | null; onChange: (change: Change) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Select
        aria-label={t('keys.expires')}
        style={WIDE}
        defaultValue={FIRST_DAYS}
        onChange={(days: number) => onChange({ expiresAt: days === 0 ? null : expiryIn(days, Date.now()) })}
        options={[
          ...DAYS.map((value) => ({ value: value as number, label: t(`expiry.${value}d`) })),
          { value: 0, label: t('expiry.never') },
        ]}
      />
      {at !== null && (
        <div className="soft" style={{ marginTop: 4 }}>
          <Until at={at} />
        </div>
      )}
    </>
  );
}

/** One of those that the keys have, a usual one, or one that is typed. */
function Environment({ keys, onChange }: { keys: readonly Key[]; onChange: (change: Change) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const known = keys.flatMap(({ environment }) => environment ?? []);
  const names = new Set([...known, ...ENVIRONMENTS, typed.trim()].filter((name) => name !== ''));
  return (
    <Select
      aria-label={t('keys.environment')}
      placeholder={t('bulk.chooseEnvironment')}
      style={WIDE}
      showSearch={{ onSearch: setTyped }}
      onChange={(name: string) => onChange({ environment: name === '' ? null : name })}
      options={[...[...names].map((value) => ({ value, label: value })), { value: '', label: t('create.noTemplate') }]}
    />
  );
}

function Template({ accountId, onChange }: { accountId: string; onChange: (change: Change) => void }) {
  const { t } = useTranslation();
  const { data } = useQuery(allTemplatesQuery(accountId));
  return (
    <OneOf
      aria-label={t('keys.template')}
      placeholder={t('bulk.chooseTemplate')}
      style={WIDE}
      list={data?.data}
      none={t('create.noTemplate')}
      onChange={(id) => onChange({ limitTemplateId: id === '' ? null : id })}
    />
  );
}

function Group({ keys, onChange }: { keys: readonly Key[]; onChange: (change: Change) => void }) {
  const { t } = useTranslation();
  return (
    <OneOf
      aria-label={t('keys.group')}
      placeholder={t('bulk.chooseGroup')}
      style={WIDE}
      list={useGroups(keys)}
      none={t('create.noGroup')}
      onChange={(id) => onChange({ groupId: id === '' ? null : id })}
    />
  );
}
