/** What a list of the catalogue shows; all of it stands in the address. `open`: which one is open at the side; `create`: the form of a new one. */
export interface OpenView {
  readonly search?: string | undefined;
  readonly provider?: string | undefined;
  readonly open?: string | undefined;
  readonly create?: true | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readOpenView({ search, provider, open, create }: Record<string, unknown>): OpenView {
  return {
    ...(typeof search === 'string' || typeof search === 'number' ? { search: String(search) } : {}),
    ...(typeof provider === 'string' && { provider }),
    ...(typeof open === 'string' && { open }),
    ...(create === true && { create }),
  };
}
