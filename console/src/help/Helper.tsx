import { useNavigate } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { useMayInProject, useProjectHere } from '../shell/here.ts';
import { lastProject } from '../shell/lastProject.ts';
import { Finder } from './Finder.tsx';
import { GO } from './keys.ts';
import { ShortcutsDialog } from './ShortcutsDialog.tsx';

/** Within this time after `g` the next key says where to. */
const GOING_MS = 1500;

/** What keys do, wherever one is. `pressed`: all of them so far, the last one at the end. */
export function Helper({ pressed }: { pressed: readonly string[] }) {
  const navigate = useNavigate();
  const projectId = useProjectHere() ?? lastProject() ?? undefined;
  const may = useMayInProject(projectId);
  const [open, setOpen] = useState<'find' | 'shortcuts' | null>(null);
  const taken = useRef(0);
  const goingUntil = useRef(0);

  const act = useEffectEvent((key: string): void => {
    if (key === 'find' && open === 'find') return setOpen(null);
    // What is open has the keys; nothing behind it moves, and nothing leads away from it.
    if (isAsking() || (open !== null && key !== 'find')) return;
    if (key === 'find') return setOpen('find');
    const isGoing = performance.now() < goingUntil.current;
    goingUntil.current = 0;
    if (key === '?') return setOpen('shortcuts');
    if (key === '/') return document.querySelector<HTMLElement>('main [role=search] input')?.focus();
    if (key === 'g') return void (goingUntil.current = performance.now() + GOING_MS);
    if (projectId === undefined) return;
    const params = { projectId };
    const place = GO.find((one) => one.key === key);
    if (isGoing && place && may(place.permission)) void navigate({ to: place.to, params });
    else if (key === 'c' && may('keys.create'))
      void navigate({ to: '/projects/$projectId/keys', params, search: { create: true } });
  });
  useEffect(() => {
    for (const key of pressed.slice(taken.current)) act(key);
    taken.current = pressed.length;
  }, [pressed]);

  if (open === 'find') return <Finder onClose={() => setOpen(null)} onShortcuts={() => setOpen('shortcuts')} />;
  return open === 'shortcuts' ? <ShortcutsDialog onClose={() => setOpen(null)} /> : null;
}

/** Whether something lies over the page and wants an answer first. */
function isAsking(): boolean {
  return [...document.querySelectorAll('[aria-modal=true]')].some((dialog) => dialog.checkVisibility());
}
