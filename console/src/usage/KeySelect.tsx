import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { keyNamesQuery } from '../api/queries.ts';

/** One key of a project, by its name; one that is gone from the list is still named by its id. */
export function KeySelect(props: {
  projectId: string;
  label: string;
  placeholder: string;
  value: string | undefined;
  onChange: (keyId: string | undefined) => void;
}) {
  const { projectId, label, placeholder, value, onChange } = props;
  const { data } = useQuery(keyNamesQuery(projectId));
  const options = [...(data ?? [])].map(([id, name]) => ({ value: id, label: name }));
  const isGone = value !== undefined && data !== undefined && !data.has(value);
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      aria-label={label}
      placeholder={placeholder}
      style={{ width: 260, maxWidth: '100%' }}
      value={value}
      options={isGone ? [...options, { value, label: value }] : options}
      onChange={(keyId?: string) => onChange(keyId)}
    />
  );
}
