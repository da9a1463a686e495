import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { prepareWords } from './api/faultWords.ts';
import type { Appearance } from './appearance.ts';
import en from './locales/en/start.json';
import zh from './locales/zh-CN/start.json';
import type { Words } from './words.ts';

type Language = Appearance['language'];

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: Words };
  }
}

/** Words of the pages that are fetched later: one file for each room and language. */
const ROOMS = import.meta.glob<object>(['./locales/*/*.json', '!./locales/*/start.json'], { import: 'default' });
const open = new Set<string>();

await i18next.use(initReactI18next).init({
  resources: { en: { translation: en }, 'zh-CN': { translation: zh } },
  fallbackLng: false,
  interpolation: { escapeValue: false },
  returnNull: false,
});

/** Fetches what a room says in the language that is spoken; it is spoken in others too when they are changed to. */
export async function openRoom(room: string): Promise<void> {
  open.add(room);
  await fetchWords(i18next.language as Language, room);
}

export async function speak(language: Language): Promise<void> {
  prepareWords();
  await Promise.all([...open].map((room) => fetchWords(language, room)));
  await i18next.changeLanguage(language);
}

async function fetchWords(language: Language, room: string): Promise<void> {
  const fetchRoom = ROOMS[`./locales/${language}/${room}.json`];
  if (!fetchRoom) throw new Error(`nothing is written for ${room} in ${language}`);
  i18next.addResourceBundle(language, 'translation', await fetchRoom(), true, true);
}
