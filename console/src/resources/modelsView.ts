/** What the page of models shows; all of it stands in the address. `none`: prices without any group. */
export interface ModelsView {
  readonly search?: string | undefined;
  readonly group?: string | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readModelsView({ search, group }: Record<string, unknown>): ModelsView {
  return {
    ...((typeof search === 'string' || typeof search === 'number') && { search: String(search) }),
    ...(typeof group === 'string' && { group }),
  };
}
