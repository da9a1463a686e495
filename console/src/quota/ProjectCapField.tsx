import { useState } from 'react';
import type { Project } from '../api/types.ts';
import { ChangeCap, type Cap } from './ChangeCap.tsx';
import { ProjectCap } from './ProjectCaps.tsx';

/** How many keys a project has of how many, and the change of that by who may. */
export function ProjectCapField({ project, mayChange }: { project: Pick<Project, 'id' | 'name'>; mayChange: boolean }) {
  const [cap, setCap] = useState<Cap | null>(null);
  return (
    <>
      <ProjectCap project={project} onChange={mayChange ? setCap : undefined} />
      {cap && <ChangeCap cap={cap} onClose={() => setCap(null)} />}
    </>
  );
}
