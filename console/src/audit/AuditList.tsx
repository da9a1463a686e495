import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Empty } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Exactly } from '../shell/Exactly.tsx';
import { List } from '../shell/List.tsx';
import type { Column } from '../shell/Table.tsx';
import type { Place } from '../usage/queries.ts';
import { AuditDetails } from './AuditDetails.tsx';
import type { AuditView } from './auditView.ts';
import { inShort } from './inShort.ts';
import { Outcome } from './Outcome.tsx';
import { auditQuery } from './queries.ts';
import type { AuditEvent } from './types.ts';
import { useObject } from './useObject.ts';
import { useSaying } from './useSaying.ts';

/** Who did what to what, newest first; a row opens all of it. Without `show` it cannot be narrowed further. */
export function AuditList(props: {
  place: Place;
  view: AuditView;
  /** All there ever was, whatever the time in `view`. */
  isWhole?: boolean;
  show?: (change: Partial<AuditView>) => void;
}) {
  const { place, view, isWhole = false, show } = props;
  const { t } = useTranslation();
  const { operation } = useSaying();
  const objectOf = useObject();
  const list = useInfiniteQuery(auditQuery(place, view, isWhole));
  const [open, setOpen] = useState<AuditEvent | null>(null);
  const narrow =
    show &&
    ((change: Partial<AuditView>) => {
      setOpen(null);
      show(change);
    });

  const columns: readonly Column<AuditEvent>[] = [
    {
      key: 'at',
      title: t('audit.at'),
      render: (event) => (
        <Button type="link" size="small" style={{ padding: 0 }} onClick={() => setOpen(event)}>
          <Exactly at={event.at} />
        </Button>
      ),
    },
    {
      key: 'who',
      title: t('audit.who'),
      from: 576,
      render: ({ actor, address }) => (
        <>
          <span className="any">{actor.name ?? actor.id}</span>
          {address !== null && <div className="soft">{address}</div>}
        </>
      ),
    },
    {
      key: 'what',
      title: t('audit.what'),
      render: (event) => (
        <>
          {operation(event.operation)}{' '}
          {event.outcome !== 'done' && (
            <span style={{ marginInlineStart: 8 }}>
              <Outcome event={event} />
            </span>
          )}
          {event.outcome === 'done' && <div className="soft line from-768">{inShort(event, t)}</div>}
        </>
      ),
    },
    {
      key: 'object',
      title: t('audit.object'),
      from: 576,
      render: (event) => {
        const { name, kind } = objectOf(event);
        return (
          <span className="any">
            {name} <span className="soft">{kind}</span>
          </span>
        );
      },
    },
  ];
  return (
    <>
      <List
        label={t('audit.title')}
        list={list}
        columns={columns}
        onOpen={setOpen}
        empty={<Empty description={t('audit.none')} />}
      />
      {open && <AuditDetails event={open} onClose={() => setOpen(null)} show={narrow} />}
    </>
  );
}
