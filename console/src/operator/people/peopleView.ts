/** What the list of people shows; all of it stands in the address. `person`: whose side panel is open. */
export interface PeopleView {
  readonly search?: string | undefined;
  readonly status?: 'active' | 'disabled' | undefined;
  readonly person?: string | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readPeopleView({ search, status, person }: Record<string, unknown>): PeopleView {
  return {
    ...(typeof search === 'string' || typeof search === 'number' ? { search: String(search) } : {}),
    ...(status === 'active' || status === 'disabled' ? { status } : {}),
    ...(typeof person === 'string' && { person }),
  };
}
