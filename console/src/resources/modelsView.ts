/** What the page of models shows; all of it stands in the address. `group`: `none`: prices without any; `open`: the name of the one that is tried. */
export interface ModelsView {
  readonly search?: string | undefined;
  readonly group?: string | undefined;
  readonly open?: string | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readModelsView({ search, group, open }: Record<string, unknown>): ModelsView {
  return {
    ...((typeof search === 'string' || typeof search === 'number') && { search: String(search) }),
    ...(typeof group === 'string' && { group }),
    ...(typeof open === 'string' && { open }),
  };
}
