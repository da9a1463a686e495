import type { Clock, NewId } from '../core/ambient.ts';
import type { Model } from '../core/catalogue.ts';
import { Fault, invalidField } from '../core/fault.ts';
import type { CatalogueTable, ProjectStore } from '../core/ports.ts';
import type { Prices } from '../core/price.ts';
import { priceEntries, type PriceEntry } from '../core/priceList.ts';
import type { Directory } from './directory.ts';

/** A price file, and the provider whose models it describes. */
export interface PriceFile {
  readonly providerId: string;
  /** Null: the models are open to every project. */
  readonly projectId: string | null;
  /** Only entries of this `litellm_provider`; null: all of them. */
  readonly litellmProvider: string | null;
  readonly prices: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Answers what would happen, and changes nothing. */
  readonly dryRun: boolean;
}

/** What became of each entry, by name. */
export interface ImportReport {
  readonly created: string[];
  readonly updated: string[];
  readonly skipped: { readonly name: string; readonly reason: string }[];
  /** Imported, but the list has more rates for them (long context, audio …) than Keyward charges by: look at these. */
  readonly simplified: { readonly name: string; readonly rates: string[] }[];
}

/** Makes models of the entries of LiteLLM's price file, or sets the prices of those that exist under the name. */
export type ImportPrices = (file: PriceFile) => Promise<ImportReport>;

/** Names that a request can carry and an address can show. */
export const MODEL_NAME = /^(?!ep-)[A-Za-z0-9](?:[A-Za-z0-9._:@+-]|\/(?!\/|$)){0,199}$/;

export function createPriceImport(options: {
  models: CatalogueTable<Model>;
  projects: Pick<ProjectStore, 'get'>;
  directory: Directory;
  clock: Clock;
  newId: NewId;
}): ImportPrices {
  const { models, projects, directory, clock, newId } = options;

  return async (file) => {
    const { providers, models: existing } = directory.catalogue();
    if (!providers.some(({ id }) => id === file.providerId))
      throw invalidField('/providerId', `There is no provider ${file.providerId.slice(0, 80)}.`);
    const project = file.projectId === null ? null : await projects.get(file.projectId);
    if (project === undefined) throw invalidField('/projectId', `There is no project ${file.projectId?.slice(0, 80)}.`);
    const byName = new Map(existing.map((model) => [model.name, model]));
    const { entries, skipped } = priceEntries(file.prices);
    const report: ImportReport = { created: [], updated: [], skipped, simplified: [] };

    async function write(run: () => Promise<unknown>, name: string, list: string[]): Promise<void> {
      try {
        if (!file.dryRun) await run();
        list.push(name);
      } catch (error) {
        // Someone made or removed the model meanwhile: the rest of the file is still worth importing.
        if (!(error instanceof Fault && error.code === 'conflict')) throw error;
        report.skipped.push({ name, reason: error.message });
      }
    }

    for (const entry of entries) {
      const { name, prices, maxOutputTokens, otherRates } = entry;
      if (file.litellmProvider !== null && entry.litellmProvider !== file.litellmProvider) continue;
      const model = byName.get(name);
      const reason = unusable(entry) ?? reasonToSkip(name, model, prices, file);
      if (reason !== undefined) {
        report.skipped.push({ name, reason });
        continue;
      }
      if (otherRates.length > 0) report.simplified.push({ name, rates: [...otherRates] });
      if (model) {
        await write(() => models.update(model.id, { prices }), name, report.updated);
        continue;
      }
      const { providerId, projectId } = file;
      const made: Model = {
        id: newId('mdl'),
        name,
        accountId: project?.accountId ?? null,
        projectId,
        providerId,
        upstreamModel: upstreamName(entry),
        prices,
        maxOutputTokens,
        createdAtMs: clock(),
      };
      await write(() => models.create(made), name, report.created);
    }
    if (!file.dryRun) await directory.reload();
    return report;
  };
}

/** Modes whose price per token is all there is to it. Images, audio and the like are billed by other units. */
const MODES = new Set(['chat', 'completion', 'responses', 'embedding']);

function unusable({ mode, prices }: PriceEntry): string | undefined {
  if (mode !== null && !MODES.has(mode)) return `mode ${JSON.stringify(mode).slice(0, 40)} is not priced per token`;
  return prices
    ? undefined
    : 'has no usable price per token: input_cost_per_token and output_cost_per_token must be numbers from 0 to 1000';
}

/** What the provider calls the model: the entry's name without LiteLLM's own `provider/` in front. */
function upstreamName({ name, litellmProvider }: PriceEntry): string {
  return litellmProvider !== null && name.startsWith(`${litellmProvider}/`)
    ? name.slice(litellmProvider.length + 1)
    : name;
}

function reasonToSkip(
  name: string,
  model: Model | undefined,
  prices: Prices | null,
  file: PriceFile,
): string | undefined {
  if (!model) return MODEL_NAME.test(name) ? undefined : 'has a name that requests cannot carry';
  if (model.providerId !== file.providerId) return 'is the name of a model of another provider';
  if (model.projectId !== file.projectId) return 'is the name of a model that is open to other projects than these';
  return model.prices && prices && samePrices(model.prices, prices) ? 'has these prices already' : undefined;
}

function samePrices(a: Prices, b: Prices): boolean {
  return (Object.keys(b) as (keyof Prices)[]).every((name) => a[name] === b[name]);
}
