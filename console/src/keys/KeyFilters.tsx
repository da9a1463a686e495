import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { groupsQuery, projectsQuery } from '../api/queries.ts';
import { SearchField } from '../form/SearchField.tsx';
import { allTemplatesQuery } from '../limits/queries.ts';
import { Choice } from '../shell/Choice.tsx';
import { STANDING, type Filters } from './keysView.ts';
import { regionsQuery } from './queries.ts';

const DAYS = [7, 30, 90, 365];
/** Those that are wanted now and then. */
const MORE = ['class', 'groupId', 'limitTemplateId', 'unusedForDays', 'olderThanDays', 'finding'] as const;
const ENVIRONMENTS = ['prod', 'staging', 'dev'];

/** Everything the list can be narrowed by. What a project has none of, or one alone, is nothing to choose by. */
export function KeyFilters(props: { projectId: string; filters: Filters; onChange: (next: Filters) => void }) {
  const { projectId, filters, onChange } = props;
  const { t } = useTranslation();
  const groups = useQuery(groupsQuery(projectId)).data?.data ?? [];
  const regions = useQuery(regionsQuery).data?.data ?? [];
  const environments = new Set([...ENVIRONMENTS, ...(filters.environment === undefined ? [] : [filters.environment])]);
  const days = (label: 'keys.unusedFor' | 'keys.olderThan') =>
    DAYS.map((count) => ({ value: count, label: t(label, { count }) }));
  const named = (name: keyof Filters) => (value: string | undefined) => onChange({ ...filters, [name]: value });
  const counted = (name: 'unusedForDays' | 'olderThanDays') => (value: string | undefined) =>
    onChange({ ...filters, [name]: value === undefined ? undefined : Number(value) });
  const [isMore, setMore] = useState(() => MORE.some((name) => filters[name] !== undefined));
  const isNarrowed = Object.values(filters).some((one) => one !== undefined);

  return (
    <Flex gap={8} wrap align="center" style={{ marginBottom: 16 }} role="search">
      <SearchField label={t('keys.search')} value={filters.search} onSearch={named('search')} />
      {regions.length > 1 && (
        <Choice
          label={t('keys.region')}
          value={filters.region}
          options={regions.map(({ id }) => ({ value: id, label: id }))}
          onChange={named('region')}
        />
      )}
      <Choice
        label={t('keys.status')}
        value={filters.state}
        options={(['active', 'disabled', 'expired'] as const).map((value) => ({ value, label: t(`state.${value}`) }))}
        onChange={named('state')}
      />
      <Choice
        label={t('keys.environment')}
        value={filters.environment}
        options={[...environments].map((value) => ({ value, label: value }))}
        onChange={named('environment')}
      />
      <Checkbox
        checked={filters.mine === true}
        onChange={(event) => onChange({ ...filters, mine: event.target.checked ? true : undefined })}
      >
        {t('keys.mine')}
      </Checkbox>
      <Button type="text" aria-expanded={isMore} onClick={() => setMore(!isMore)}>
        {t(isMore ? 'keys.lessFilters' : 'keys.moreFilters')}
      </Button>
      {isNarrowed && (
        <Button type="link" size="small" onClick={() => onChange({})}>
          {t('keys.clear')}
        </Button>
      )}
      {isMore && (
        <Flex gap={8} wrap style={{ flexBasis: '100%' }}>
          <Choice
            label={t('keys.classTitle')}
            value={filters.class}
            options={(['standard', 'temporary', 'management'] as const).map((value) => ({
              value,
              label: t(`keys.class.${value}`),
            }))}
            onChange={named('class')}
          />
          {groups.length > 0 && (
            <Choice
              label={t('keys.group')}
              value={filters.groupId}
              options={groups.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={named('groupId')}
            />
          )}
          <TemplateChoice projectId={projectId} value={filters.limitTemplateId} onChange={named('limitTemplateId')} />
          <Choice
            label={t('keys.unused')}
            value={filters.unusedForDays}
            options={days('keys.unusedFor')}
            onChange={counted('unusedForDays')}
          />
          <Choice
            label={t('keys.age')}
            value={filters.olderThanDays}
            options={days('keys.olderThan')}
            onChange={counted('olderThanDays')}
          />
          <Choice
            label={t('keys.finding')}
            value={filters.finding}
            options={STANDING.map((value) => ({ value, label: t(`finding.${value}`) }))}
            onChange={named('finding')}
          />
        </Flex>
      )}
    </Flex>
  );
}

/** Only where the account of the project has limit templates. */
function TemplateChoice(props: {
  projectId: string;
  value: string | undefined;
  onChange: (next: string | undefined) => void;
}) {
  const { projectId, value, onChange } = props;
  const { t } = useTranslation();
  const accountId = useQuery(projectsQuery).data?.data.find(({ id }) => id === projectId)?.accountId;
  const { data } = useQuery({ ...allTemplatesQuery(accountId ?? ''), enabled: accountId !== undefined });
  const templates = data?.data ?? [];
  if (templates.length === 0) return null;
  return (
    <Choice
      label={t('keys.template')}
      value={value}
      options={templates.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={onChange}
    />
  );
}
