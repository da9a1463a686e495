import './choice.css';

/** One of a few, or none: the list that the system has for it, light and fit for every hand. */
export function Choice(props: {
  /** What it narrows; shown as long as nothing is chosen. */
  label: string;
  value: string | number | undefined;
  options: readonly { readonly value: string | number; readonly label: string }[];
  onChange: (value: string | undefined) => void;
}) {
  const { label, value = '', options, onChange } = props;
  return (
    <select
      className="choice"
      aria-label={label}
      data-chosen={value !== ''}
      value={value}
      onChange={({ target }) => onChange(target.value === '' ? undefined : target.value)}
    >
      <option value="">{label}</option>
      {options.map((one) => (
        <option key={one.value} value={one.value}>
          {one.label}
        </option>
      ))}
    </select>
  );
}
