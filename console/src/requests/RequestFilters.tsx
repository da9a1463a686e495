import { useQuery } from '@tanstack/react-query';
import { Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DenialCode } from '../../../src/core/denial.ts';
import { resourcesQuery } from '../api/queries.ts';
import type { RequestsView } from './requestsView.ts';

const STATUSES = [200, 400, 401, 403, 404, 408, 429, 499, 500, 502, 503, 504];

const CODES: Record<DenialCode, true> = {
  missing_api_key: true,
  invalid_api_key: true,
  key_disabled: true,
  key_expired: true,
  api_key_in_query: true,
  conflicting_api_keys: true,
  account_suspended: true,
  ip_not_allowed: true,
  insufficient_scope: true,
  service_not_allowed: true,
  untrusted_proxy: true,
  price_unknown: true,
  model_not_found: true,
  rate_limit_exceeded: true,
  insufficient_quota: true,
  concurrency_exceeded: true,
};

/** What is asked for besides the key and the time. */
export function RequestFilters(props: {
  projectId: string;
  view: RequestsView;
  show: (change: Partial<RequestsView>) => void;
}) {
  const { view, show } = props;
  const { t } = useTranslation();
  const address = (
    <AddressFilter
      key={view.address}
      value={view.address ?? ''}
      onChange={(text) => show({ address: text === '' ? undefined : text })}
    />
  );
  if (view.show === 'refusals')
    return (
      <>
        <Select
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          aria-label={t('requests.code')}
          placeholder={t('requests.code')}
          style={{ width: 300, maxWidth: '100%' }}
          value={view.code}
          options={(Object.keys(CODES) as DenialCode[]).map((value) => ({ value, label: t(`refusal.why.${value}`) }))}
          onChange={(code?: string) => show({ code })}
        />
        {address}
      </>
    );
  return (
    <>
      <Select
        allowClear
        showSearch
        aria-label={t('requests.status')}
        placeholder={t('requests.status')}
        style={{ width: 130 }}
        value={view.status}
        options={withOne(STATUSES, view.status).map((value) => ({ value, label: String(value) }))}
        onChange={(status?: number) => show({ status })}
      />
      <ModelFilter {...props} />
      {address}
    </>
  );
}

/** Models and services as the project has them now; one that it has no more can still stand in the address. */
function ModelFilter({ projectId, view, show }: Parameters<typeof RequestFilters>[0]) {
  const { t } = useTranslation();
  const { data } = useQuery(resourcesQuery(projectId));
  const names = [
    ...(data?.model ?? []).map(({ name }) => ({ value: name, label: name })),
    ...(data?.endpoint ?? []).map(({ id, name }) => ({ value: id, label: name })),
    ...(data?.service ?? []).map(({ name }) => ({ value: name, label: name })),
  ];
  const isGone = view.model !== undefined && !names.some(({ value }) => value === view.model);
  return (
    <Select
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      aria-label={t('requests.model')}
      placeholder={t('requests.model')}
      style={{ width: 200, maxWidth: '100%' }}
      value={view.model}
      options={isGone ? [...names, { value: view.model, label: view.model }] : names}
      onChange={(model?: string) => show({ model })}
    />
  );
}

/** Asked for when it is whole: by Enter, or when the field is left. */
function AddressFilter({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const done = (next: string) => {
    if (next.trim() !== value) onChange(next.trim());
  };
  return (
    <Input
      allowClear
      aria-label={t('requests.address')}
      placeholder={t('requests.address')}
      style={{ width: 190, maxWidth: '100%' }}
      value={text}
      onChange={({ target }) => setText(target.value)}
      onClear={() => done('')}
      onPressEnter={() => done(text)}
      onBlur={() => done(text)}
    />
  );
}

function withOne<T>(list: readonly T[], one: T | undefined): readonly T[] {
  return one === undefined || list.includes(one) ? list : [...list, one];
}
