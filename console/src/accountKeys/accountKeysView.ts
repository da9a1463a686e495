/** What the page shows; all of it stands in the address. `all`: the keys of its projects too. */
export interface AccountKeysView {
  readonly all?: boolean | undefined;
  readonly search?: string | undefined;
  readonly limitTemplateId?: string | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readAccountKeysView({ all, search, limitTemplateId }: Record<string, unknown>): AccountKeysView {
  return {
    ...(all === true && { all }),
    ...(typeof search === 'string' || typeof search === 'number' ? { search: String(search) } : {}),
    ...(typeof limitTemplateId === 'string' && { limitTemplateId }),
  };
}
