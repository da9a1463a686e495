import { Flex, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from './CopyButton.tsx';

/** Lines to paste, in several ways; `ways` holds them by what each is called. */
export function Snippets({ label, ways }: { label: string; ways: Readonly<Record<string, string>> }) {
  const { t } = useTranslation();
  const names = Object.keys(ways);
  const [chosen, setChosen] = useState(names[0]);
  const way = names.find((one) => one === chosen) ?? names[0] ?? '';
  const text = ways[way] ?? '';
  return (
    <>
      <Flex justify="space-between" align="center" gap={8} style={{ marginBottom: 8 }}>
        {names.length > 1 ? (
          <Segmented
            aria-label={label}
            options={names}
            value={way}
            onChange={setChosen}
            style={{ minWidth: 0, overflowX: 'auto' }}
          />
        ) : (
          <span />
        )}
        <CopyButton text={text} label={t('once.copyText', { name: way })} />
      </Flex>
      <pre className="code" role="group" tabIndex={0} aria-label={way}>
        <code>{text}</code>
      </pre>
    </>
  );
}
