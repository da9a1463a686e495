import { SearchOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { appearance } from '../appearance.ts';
import { part } from '../routes/page.ts';

const Helper = part(async () => (await import('../help/Helper.tsx')).Helper, 'help');

/** The key that opens the finder, with Ctrl or Cmd. */
const FIND = 'k';

/** Opens the finder, and hears the keys that do something. What they do is fetched when one is first pressed. */
export function FindButton() {
  const { t } = useTranslation();
  const [pressed, setPressed] = useState<readonly string[]>([]);
  const press = (key: string) => setPressed((before) => [...before, key]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const key = keyOf(event);
      if (key === undefined) return;
      if (key !== event.key || key === '/') event.preventDefault();
      press(key);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
  return (
    <>
      <Button
        type="text"
        icon={<SearchOutlined />}
        title="Ctrl K · ⌘ K"
        aria-keyshortcuts="Control+K Meta+K"
        aria-label={t('shell.find')}
        onClick={() => press('find')}
      />
      <Suspense>{pressed.length > 0 && <Helper pressed={pressed} />}</Suspense>
    </>
  );
}

/** What a key asks for: `find`, or the key itself where single keys count and nothing is being typed. */
function keyOf({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): string | undefined {
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === FIND) return 'find';
  const isTyping = (target as HTMLElement).closest?.('input,textarea,select,[contenteditable],[role=combobox]');
  if (ctrlKey || metaKey || altKey || isTyping || !appearance().shortcuts) return undefined;
  return /^[?gcuks/]$/.test(key) ? key : undefined;
}
