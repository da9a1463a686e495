import { Radio } from 'antd';

/** One of a few, each with what it means. */
export function Choices<V extends string>(props: {
  id?: string;
  value?: V;
  onChange?: (next: V) => void;
  options: readonly { readonly value: V; readonly label: string; readonly hint: string }[];
}) {
  const { id, value, onChange, options } = props;
  return (
    <Radio.Group
      {...(id !== undefined && { id })}
      value={value}
      onChange={(event) => onChange?.(event.target.value as V)}
      style={{ display: 'grid', gap: 10 }}
    >
      {options.map((one) => (
        <Radio key={one.value} value={one.value}>
          {one.label}
          <span className="soft" style={{ display: 'block' }}>
            {one.hint}
          </span>
        </Radio>
      ))}
    </Radio.Group>
  );
}
