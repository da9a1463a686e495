const NAME = 'keyward.project';

/** The project that was looked at last on this device; null: none was. */
export function lastProject(): string | null {
  return localStorage.getItem(NAME);
}

export function keepProject(id: string): void {
  localStorage.setItem(NAME, id);
}
