import { SearchOutlined } from '@ant-design/icons';
import { Checkbox, Flex, Input, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Filters } from './keysView.ts';

const TYPING_MS = 250;
const DAYS = [7, 30, 90, 365];

export function KeyFilters({ filters, onChange }: { filters: Filters; onChange: (next: Filters) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(filters.search ?? '');
  useEffect(() => {
    if (text === (filters.search ?? '')) return undefined;
    const timer = setTimeout(() => onChange({ ...filters, search: text === '' ? undefined : text }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, filters, onChange]);
  const days = (label: 'keys.unusedFor' | 'keys.olderThan') =>
    DAYS.map((count) => ({ value: count, label: t(label, { count }) }));

  return (
    <Flex gap={8} wrap align="center" style={{ marginBottom: 16 }} role="search">
      <Input
        allowClear
        prefix={<SearchOutlined />}
        placeholder={t('keys.search')}
        aria-label={t('keys.search')}
        value={text}
        onChange={(event) => setText(event.target.value)}
        style={{ width: 260, maxWidth: '100%' }}
      />
      <Select
        allowClear
        aria-label={t('keys.status')}
        placeholder={t('keys.status')}
        style={{ width: 140 }}
        value={filters.state}
        options={(['active', 'disabled', 'expired'] as const).map((one) => ({ value: one, label: t(`state.${one}`) }))}
        onChange={(state) => onChange({ ...filters, state })}
      />
      <Select
        allowClear
        aria-label={t('keys.unused')}
        placeholder={t('keys.unused')}
        style={{ width: 190 }}
        value={filters.unusedForDays}
        options={days('keys.unusedFor')}
        onChange={(unusedForDays) => onChange({ ...filters, unusedForDays })}
      />
      <Select
        allowClear
        aria-label={t('keys.age')}
        placeholder={t('keys.age')}
        style={{ width: 190 }}
        value={filters.olderThanDays}
        options={days('keys.olderThan')}
        onChange={(olderThanDays) => onChange({ ...filters, olderThanDays })}
      />
      <Checkbox
        checked={filters.mine === true}
        onChange={(event) => onChange({ ...filters, mine: event.target.checked ? true : undefined })}
      >
        {t('keys.mine')}
      </Checkbox>
    </Flex>
  );
}
