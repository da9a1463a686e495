import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import './help.css';
import type { Find } from './finds.ts';
import { useFinds } from './useFinds.ts';

const TYPING_MS = 180;

/** One field that leads everywhere: pages, projects, keys, and what can be done. The browser's own dialog holds the focus. */
export function Finder({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const finds = useFinds(text, asked, onShortcuts);
  const chosen = Math.min(at, finds.length - 1);
  const optionOf = (index: number) => `${id}-${index}`;

  function run(find: Find | undefined): void {
    if (!find) return;
    onClose();
    find.run();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: finds.length - 1 }[event.key];
    if (event.key === 'Enter') run(finds[chosen]);
    const isOfText = text !== '' && (event.key === 'Home' || event.key === 'End');
    if (to === undefined || isOfText) return;
    event.preventDefault();
    setAt((to + finds.length) % Math.max(1, finds.length));
  }

  return (
    <dialog
      className="finder"
      aria-label={t('shell.find')}
      ref={(dialog) => {
        if (dialog && !dialog.open) dialog.showModal();
      }}
      onClose={onClose}
      // Beside it is its own backdrop.
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="finder-box">
        <input
          type="text"
          role="combobox"
          aria-expanded
          aria-autocomplete="list"
          aria-controls={`${id}-list`}
          aria-activedescendant={finds.length > 0 ? optionOf(chosen) : undefined}
          aria-label={t('shell.find')}
          placeholder={t('help.find.hint')}
          autoComplete="off"
          spellCheck={false}
          autoFocus
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <ul id={`${id}-list`} role="listbox" aria-label={t('help.find.results')}>
          {finds.map((find, index) => (
            <Option
              key={find.id}
              id={optionOf(index)}
              find={find}
              isFirst={find.group !== finds[index - 1]?.group}
              isChosen={index === chosen}
              onChoose={() => run(find)}
              onPoint={() => setAt(index)}
            />
          ))}
        </ul>
        <p role="status" className="finder-told">
          {finds.length === 0 ? t('help.find.none') : t('help.find.count', { count: finds.length })}
        </p>
      </div>
    </dialog>
  );
}

function Option(props: {
  id: string;
  find: Find;
  /** Its group begins with it. */
  isFirst: boolean;
  isChosen: boolean;
  onChoose: () => void;
  onPoint: () => void;
}) {
  const { id, find, isFirst, isChosen, onChoose, onPoint } = props;
  return (
    <>
      {isFirst && (
        <li role="presentation" className="finder-group">
          {find.group}
        </li>
      )}
      <li
        id={id}
        role="option"
        aria-selected={isChosen}
        ref={(option) => {
          if (isChosen) option?.scrollIntoView({ block: 'nearest' });
        }}
        onClick={onChoose}
        onMouseMove={onPoint}
      >
        <span className="any">{find.label}</span>
        {find.note !== undefined && <span className="soft">{find.note}</span>}
      </li>
    </>
  );
}
