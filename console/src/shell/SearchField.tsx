import { SearchOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useEffect, useState } from 'react';

const TYPING_MS = 250;

/** What a list is searched for; told when typing rests. `/` leads to it. */
export function SearchField(props: {
  label: string;
  value: string | undefined;
  onChange: (next: string | undefined) => void;
}) {
  const { label, value, onChange } = props;
  const [text, setText] = useState(value ?? '');
  useEffect(() => {
    if (text === (value ?? '')) return undefined;
    const timer = setTimeout(() => onChange(text === '' ? undefined : text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div role="search">
      <Input
        allowClear
        prefix={<SearchOutlined />}
        placeholder={label}
        aria-label={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        style={{ width: 280, maxWidth: '100%' }}
      />
    </div>
  );
}
