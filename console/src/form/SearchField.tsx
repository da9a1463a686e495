import { SearchOutlined } from '@ant-design/icons';
import Input from 'antd/es/input/Input';
import { useEffect, useEffectEvent, useState } from 'react';

const TYPING_MS = 80;

/** What a list is searched for. `onSearch` hears of it when typing rests; undefined: nothing is searched for. */
export function SearchField(props: {
  label: string;
  value: string | undefined;
  onSearch: (text: string | undefined) => void;
}) {
  const { label, value = '', onSearch } = props;
  const [typed, setTyped] = useState(value);
  const [sent, setSent] = useState(value);
  const [before, setBefore] = useState(value);
  if (value !== before) {
    setBefore(value);
    // Changed from elsewhere; what comes back of one's own typing must not overtake it.
    if (value !== sent) {
      setTyped(value);
      setSent(value);
    }
  }
  const send = useEffectEvent(() => {
    setSent(typed);
    onSearch(typed === '' ? undefined : typed);
  });
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => send(), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <Input
      allowClear
      prefix={<SearchOutlined />}
      placeholder={label}
      aria-label={label}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      style={{ flex: '1 1 240px', maxWidth: 330 }}
    />
  );
}
