import type { ComponentType } from 'react';
import type { KeyDetails } from '../api/types.ts';
import { part } from '../routes/page.ts';
import type { May } from '../shell/here.ts';
import type { KeyTab } from './keyView.ts';
import type { SectionProps } from './types.ts';

interface Section {
  readonly Part: ComponentType<SectionProps>;
  /** Left out: shown for every key to everybody who may see it. */
  readonly isFor?: (keyOf: KeyDetails, may: May) => boolean;
}

const opensModels = ({ class: keyClass }: KeyDetails) => keyClass !== 'management';

/** The sections by their tabs; each is fetched when it is first opened. */
export const SECTIONS: Readonly<Record<KeyTab, Section>> = {
  overview: { Part: part(async () => (await import('./Overview.tsx')).Overview, 'limits') },
  limits: { Part: part(async () => (await import('./KeyLimits.tsx')).KeyLimits, 'limits'), isFor: opensModels },
  test: { Part: part(async () => (await import('./TestKey.tsx')).TestKey, 'limits'), isFor: opensModels },
  temporary: {
    Part: part(async () => (await import('./TemporaryKeys.tsx')).TemporaryKeys),
    isFor: ({ class: keyClass }) => keyClass === 'standard',
  },
  requests: {
    Part: part(async () => (await import('../requests/KeyRequests.tsx')).KeyRequests, 'requests'),
    isFor: (keyOf, may) => opensModels(keyOf) && keyOf.projectId !== null && may('usage.read'),
  },
  audit: {
    Part: part(async () => (await import('../audit/KeyTrail.tsx')).KeyTrail, 'audit', 'limits'),
    isFor: (_, may) => may('audit.read'),
  },
  secrets: { Part: part(async () => (await import('./KeySecrets.tsx')).KeySecrets) },
};
