import { allQuery } from '../../api/queries.ts';
import type { Model } from '../providers/queries.ts';

export const allModelsQuery = { ...allQuery<Model>(['models', 'all'], '/models'), staleTime: 30_000 };
