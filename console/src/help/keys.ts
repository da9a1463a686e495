/** Where `g` and a key lead, in the project one is at. */
export const GO = [
  { key: 'k', word: 'keys', permission: 'keys.read', to: '/projects/$projectId/keys' },
  { key: 'u', word: 'usage', permission: 'usage.read', to: '/projects/$projectId/usage' },
  { key: 's', word: 'security', permission: 'security.read', to: '/projects/$projectId/security' },
] as const;

/** The other keys, and what each does, below `help.shortcut.` in the words. */
export const KEYS = [
  { keys: ['Ctrl / ⌘', 'K'], word: 'find' },
  { keys: ['c'], word: 'create' },
  { keys: ['/'], word: 'search' },
  { keys: ['?'], word: 'shortcuts' },
  { keys: ['Esc'], word: 'close' },
] as const;
