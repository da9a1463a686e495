import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useState } from 'react';
import { foundKeysQuery, keyQuery } from '../api/queries.ts';

/** As many are offered at once; typing finds the others. */
const OFFERED = 50;

/** One key of a project, by its name: the server finds those that fit what is typed. One that is gone is named by its id. */
export function KeySelect(props: {
  projectId: string;
  label: string;
  placeholder: string;
  value: string | undefined;
  onChange: (keyId: string | undefined) => void;
}) {
  const { projectId, label, placeholder, value, onChange } = props;
  const [typed, setTyped] = useState('');
  const { data, isFetching } = useQuery({
    ...foundKeysQuery(projectId, typed.trim(), OFFERED),
    placeholderData: (before) => before,
  });
  const found = data?.data ?? [];
  const isOther = value !== undefined && !found.some(({ id }) => id === value);
  const other = useQuery({ ...keyQuery(value ?? ''), enabled: isOther && data !== undefined, retry: false });
  const options = found.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Select
      allowClear
      showSearch={{ searchValue: typed, onSearch: setTyped, filterOption: false }}
      onOpenChange={(isOpen) => !isOpen && setTyped('')}
      loading={isFetching}
      aria-label={label}
      placeholder={placeholder}
      style={{ width: 260, maxWidth: '100%' }}
      value={value}
      options={options}
      labelRender={({ value: id, label: name }) => name ?? (id === other.data?.id ? other.data?.name : id)}
      onChange={(keyId?: string) => onChange(keyId)}
    />
  );
}
