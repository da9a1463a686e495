import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Flex } from 'antd';
import { useTranslation } from 'react-i18next';
import { Choice } from '../shell/Choice.tsx';
import type { Place } from '../usage/queries.ts';
import { OUTCOMES, type AuditView } from './auditView.ts';
import { auditQuery } from './queries.ts';
import { useSaying } from './useSaying.ts';

const NONE = {
  actorId: undefined,
  operation: undefined,
  objectType: undefined,
  objectId: undefined,
  outcome: undefined,
};

/** Who, what, on what, how it ended. Those to choose from are those of the latest events in this time. */
export function AuditFilters(props: { place: Place; view: AuditView; show: (change: Partial<AuditView>) => void }) {
  const { place, view, show } = props;
  const { t } = useTranslation();
  const { operation, noun } = useSaying();
  const { days, from, to, ...filters } = view;
  const latest = useInfiniteQuery(auditQuery(place, { days, from, to }));
  const events = latest.data?.pages.flatMap(({ data }) => data) ?? [];
  const actors = new Map(events.map(({ actor }) => [actor.id, actor.name ?? actor.id]));
  const operations = events.map((one) => one.operation);
  const types = events.map(({ object }) => object.type);
  const isFiltered = Object.values(filters).some((one) => one !== undefined);
  return (
    <Flex gap={8} wrap align="center" role="search">
      <Choice
        label={t('audit.who')}
        value={view.actorId}
        options={named([...actors.keys()], view.actorId, (id) => actors.get(id) ?? id)}
        onChange={(actorId) => show({ actorId })}
      />
      <Choice
        label={t('audit.what')}
        value={view.operation}
        options={named(operations, view.operation, operation)}
        onChange={(next) => show({ operation: next })}
      />
      <Choice
        label={t('audit.object')}
        value={view.objectType}
        options={named(types, view.objectType, noun)}
        onChange={(objectType) => show({ objectType, objectId: undefined })}
      />
      <Choice
        label={t('audit.ended')}
        value={view.outcome}
        options={OUTCOMES.map((value) => ({ value, label: t(`audit.outcome.${value}`) }))}
        onChange={(outcome) => show({ outcome: OUTCOMES.find((one) => one === outcome) })}
      />
      {isFiltered && (
        <Button type="link" size="small" onClick={() => show(NONE)}>
          {view.objectId === undefined ? t('keys.clear') : t('audit.clearObject', { id: view.objectId })}
        </Button>
      )}
    </Flex>
  );
}

/** Each once, by its name in words; what stands in the address is always among them. */
function named(values: readonly string[], chosen: string | undefined, say: (value: string) => string) {
  return [...new Set([...values, ...(chosen === undefined ? [] : [chosen])])]
    .map((value) => ({ value, label: say(value) }))
    .toSorted((one, other) => one.label.localeCompare(other.label));
}
