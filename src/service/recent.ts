/** A map of bounded size that forgets what was not asked for longest, roughly: two generations, each half of it. */
export interface Recent<T> {
  get(name: string): T | undefined;
  set(name: string, value: T): void;
  delete(name: string): void;
}

export function createRecent<T>(most: number): Recent<T> {
  const half = Math.max(1, Math.floor(most / 2));
  let young = new Map<string, T>();
  let old = new Map<string, T>();

  function set(name: string, value: T): void {
    if (young.size >= half && !young.has(name)) {
      old = young;
      young = new Map();
    }
    young.set(name, value);
  }

  return {
    get(name) {
      const value = young.get(name);
      if (value !== undefined) return value;
      const older = old.get(name);
      if (older !== undefined) set(name, older);
      return older;
    },
    set,
    delete(name) {
      young.delete(name);
      old.delete(name);
    },
  };
}
