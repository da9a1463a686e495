import { expect, test } from 'vitest';
import { shownSettings } from './shownSettings.ts';

const as = <T>(value: T) => ({ default: '', doc: 'What it does.', parse: () => value });

test('settings are told as text, secrets only as set or not, those of the command line and of applications not at all', () => {
  const told = shownSettings(
    {
      NAME: { ...as('kw_'), default: 'kw_' },
      MOST: as<number | null>(null),
      OPEN: as(false),
      LIST: as<{ text: string } | null>(null),
      REGIONS: as<readonly { id: string; baseUrl: string }[]>([]),
      EMAILS: as<readonly string[]>([]),
      KEY: { ...as<string | null>(null), secret: true },
      NO_KEY: { ...as<string | null>(null), secret: true },
      URL: { ...as(''), doc: 'Command line only: the server.' },
      CALLS: { ...as(''), doc: 'Applications only: what they call with.' },
    },
    {
      NAME: 'kw_',
      MOST: 20,
      OPEN: true,
      LIST: { text: '10.0.0.0/8' },
      REGIONS: [{ id: 'eu-1', baseUrl: 'https://eu' }],
      EMAILS: ['a.com', 'b.com'],
      KEY: 'very secret',
      NO_KEY: null,
      URL: 'http://here',
      CALLS: 'with this',
    },
  );
  expect(told.map(({ name, value, isSet, isDefault }) => [name, value, isSet, isDefault])).toEqual([
    ['NAME', 'kw_', true, true],
    ['MOST', '20', true, false],
    ['OPEN', 'yes', true, false],
    ['LIST', '10.0.0.0/8', true, false],
    ['REGIONS', 'eu-1=https://eu', true, false],
    ['EMAILS', 'a.com, b.com', true, false],
    ['KEY', null, true, false],
    ['NO_KEY', null, false, true],
  ]);
});
