import { Card } from 'antd';
import { LimitMeters } from './LimitMeters.tsx';
import type { SectionProps } from './sections.ts';

/** Every limit that a key's calls have to pass, and where each stands. */
export function KeyLimits({ keyOf }: SectionProps) {
  return (
    <Card>
      <LimitMeters limits={keyOf.limits} />
    </Card>
  );
}
