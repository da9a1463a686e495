import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { accountsQuery, projectsQuery } from '../../api/queries.ts';
import { useChanges } from '../../form/changes.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { allProvidersQuery } from '../providers/queries.ts';
import type { Group } from '../queries.ts';
import { allModelsQuery } from './queries.ts';

interface Values {
  readonly name: string;
  readonly description?: string;
  readonly priceMultiplier: string;
  readonly opensMode: 'all' | 'range';
  /** `model:mdl_…` and `provider:prv_…`. */
  readonly opens?: readonly string[];
  readonly openToMode: 'all' | 'range';
  /** `account:acc_…` and `project:prj_…`. */
  readonly openTo?: readonly string[];
}
const MODES = ['all', 'range'] as const;

/** A new group, or one that is changed: that acts on the next call of every key that is in it. */
export function GroupForm({ group, onClose }: { group?: Group; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const changes = useChanges(group && toBody(valuesOf(group)));
  const opensMode = Form.useWatch('opensMode', form);
  const openToMode = Form.useWatch('openToMode', form);
  const models = useQuery(allModelsQuery);
  const providers = useQuery(allProvidersQuery);
  const accounts = useQuery(accountsQuery);
  const projects = useQuery(projectsQuery);
  return (
    <FormDrawer<Values, Group>
      title={group ? t('groups.editTitle', { name: group.name }) : t('groups.create')}
      confirm={group ? t('form.save') : t('form.create')}
      form={form}
      initialValues={group ? valuesOf(group) : { priceMultiplier: '1', opensMode: 'all', openToMode: 'all' }}
      aliases={{ opens: ['opensMode'], openTo: ['openToMode'] }}
      send={(values) =>
        group
          ? call('PATCH', `/groups/${group.id}`, { body: changes(toBody(values)) })
          : call('POST', '/groups', { body: toBody(values) })
      }
      onDone={(saved) => {
        void queries.invalidateQueries({ queryKey: ['groups'] });
        void message.success(t('groups.saved', { name: saved.name }));
        onClose();
      }}
      onClose={onClose}
    >
      {group && <p className="soft">{t('groups.changeWhy')}</p>}
      <Form.Item
        name="name"
        label={t('groups.name')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} autoFocus autoComplete="off" placeholder="premium" />
      </Form.Item>
      <Form.Item name="description" label={t('groups.description')}>
        <Input maxLength={500} autoComplete="off" />
      </Form.Item>
      <Form.Item
        name="priceMultiplier"
        label={t('groups.multiplier')}
        extra={t('groups.multiplierWhy')}
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <Input inputMode="decimal" autoComplete="off" prefix="×" style={{ width: 140 }} />
      </Form.Item>
      <Form.Item name="opensMode" label={t('groups.opens')}>
        <Radio.Group
          style={{ display: 'grid', gap: 4 }}
          options={MODES.map((value) => ({ value, label: t(`groups.opensMode.${value}`) }))}
        />
      </Form.Item>
      {opensMode === 'range' && (
        <Named
          name="opens"
          label={t('groups.opensWhich')}
          options={[
            { label: t('groups.providers'), options: optionsOf('provider', providers.data?.data) },
            { label: t('groups.models'), options: optionsOf('model', models.data?.data) },
          ]}
        />
      )}
      <Form.Item name="openToMode" label={t('groups.openTo')}>
        <Radio.Group
          style={{ display: 'grid', gap: 4 }}
          options={MODES.map((value) => ({ value, label: t(`groups.openToMode.${value}`) }))}
        />
      </Form.Item>
      {openToMode === 'range' && (
        <Named
          name="openTo"
          label={t('groups.openToWhich')}
          options={[
            { label: t('groups.accounts'), options: optionsOf('account', accounts.data?.data) },
            { label: t('groups.projects'), options: optionsOf('project', projects.data?.data) },
          ]}
        />
      )}
    </FormDrawer>
  );
}

interface Option {
  readonly value: string;
  readonly label: string;
}

function Named(props: { name: 'opens' | 'openTo'; label: string; options: { label: string; options: Option[] }[] }) {
  const { name, label, options } = props;
  return (
    <Form.Item name={name} label={label}>
      <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={options} />
    </Form.Item>
  );
}

function optionsOf(type: string, named: readonly { readonly id: string; readonly name: string }[] = []): Option[] {
  return named.map(({ id, name }) => ({ value: `${type}:${id}`, label: name }));
}

function valuesOf({ name, description, priceMultiplier, opens, openTo }: Group): Values {
  const text = ({ type, id }: { type: string; id: string }) => `${type}:${id}`;
  return {
    name,
    description,
    priceMultiplier,
    opensMode: opens.mode,
    opens: opens.mode === 'all' ? [] : opens.resources.map(text),
    openToMode: openTo.mode,
    openTo: openTo.mode === 'all' ? [] : openTo.places.map(text),
  };
}

function toBody(values: Values): object {
  const { name, description = '', priceMultiplier, opensMode, opens = [], openToMode, openTo = [] } = values;
  const named = (texts: readonly string[]) =>
    texts.map((one) => {
      const [type, id] = one.split(':');
      return { type, id };
    });
  return {
    name,
    description,
    priceMultiplier: priceMultiplier.trim(),
    opens: opensMode === 'all' ? { mode: 'all' } : { mode: 'range', resources: named(opens) },
    openTo: openToMode === 'all' ? { mode: 'all' } : { mode: 'range', places: named(openTo) },
  };
}
