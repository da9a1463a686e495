import { useSyncExternalStore } from 'react';

/** How the console looks to someone on this device. Nothing else is kept in the browser. */
export interface Appearance {
  readonly theme: 'system' | 'light' | 'dark';
  readonly language: 'en' | 'zh-CN';
  /** Whether single keys do things, such as `c`. */
  readonly shortcuts: boolean;
}

const NAME = 'keyward.appearance';
const listeners = new Set<() => void>();
let current = read();

export function appearance(): Appearance {
  return current;
}

export function useAppearance(): Appearance {
  return useSyncExternalStore(subscribe, () => current);
}

export function setAppearance(change: Partial<Appearance>): void {
  current = { ...current, ...change };
  localStorage.setItem(NAME, JSON.stringify(current));
  for (const listener of listeners) listener();
}

/** Whether it is dark now, by choice or by the system's. */
export function useIsDark(): boolean {
  const { theme } = useAppearance();
  const systemIsDark = useMedia(DARK);
  return theme === 'system' ? systemIsDark : theme === 'dark';
}

/** Whether somebody wants things to stay where they are. */
export function useIsStill(): boolean {
  return useMedia(STILL);
}

const DARK = matchMedia('(prefers-color-scheme: dark)');
const STILL = matchMedia('(prefers-reduced-motion: reduce)');

function useMedia(query: MediaQueryList): boolean {
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => query.matches,
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function read(): Appearance {
  const kept = readKept();
  const language = navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
  return {
    theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'system',
    language: kept.language === 'en' || kept.language === 'zh-CN' ? kept.language : language,
    shortcuts: kept.shortcuts !== false,
  };
}

/** What stands in the browser may be of anybody's making: what cannot be read is as if it were not there. */
function readKept(): Partial<Appearance> {
  try {
    return (JSON.parse(localStorage.getItem(NAME) ?? '{}') ?? {}) as Partial<Appearance>;
  } catch {
    return {};
  }
}
