import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Segmented, type FormInstance } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { groupsQuery } from '../api/queries.ts';
import { linesOf } from '../form/lines.ts';
import { OneOf } from '../form/OneOf.tsx';
import { ExpiryFields } from './ExpiryFields.tsx';
import type { KeyValues } from './keyForm.ts';
import { looksLikeAddress } from './looksLikeAddress.ts';
import { mineQuery } from './queries.ts';
import { ResourcePicker } from './ResourcePicker.tsx';
import './keys.css';

const ENVIRONMENTS = ['prod', 'staging', 'dev'];

/** What can be set at creation and edited later. */
export function KeyFields({
  projectId,
  form,
  isNew = false,
  opensModels = true,
}: {
  /** Null: it is a key of a whole account. */
  projectId: string | null;
  form: FormInstance<KeyValues>;
  isNew?: boolean;
  /** False: it calls the management API, and has neither scope nor group. */
  opensModels?: boolean;
}) {
  const { t } = useTranslation();

  return (
    <>
      <h3 className="form-section">{t('create.section.purpose')}</h3>
      <Form.Item name="description" label={t('keys.description')}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={500} />
      </Form.Item>
      <Form.Item name="environment" label={t('keys.environment')} extra={t('create.environmentHint')}>
        <Input maxLength={32} list="environments" placeholder="prod" />
      </Form.Item>
      <datalist id="environments">
        {ENVIRONMENTS.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      {opensModels && projectId !== null && (
        <>
          <h3 className="form-section">{t('create.section.opens')}</h3>
          <GroupField projectId={projectId} />
          <ScopeFields projectId={projectId} form={form} isNew={isNew} />
        </>
      )}
      <h3 className="form-section">{t('create.section.bounds')}</h3>
      <AddressField name="ipAllow" label={t('keys.ipAllow')} hint={t('create.ipAllowHint')} form={form} />
      <AddressField name="ipDeny" label={t('keys.ipDeny')} hint={t('create.ipDenyHint')} form={form} />
      <ExpiryFields choices={[...(isNew ? [] : ['keep']), 'never', '1d', '7d', '30d', '90d', '365d', 'at']} />
    </>
  );
}

/** What it opens: everything, or what is chosen. */
export function ScopeFields(props: {
  projectId: string;
  form: FormInstance<KeyValues>;
  isNew: boolean;
  /** What is said of everything, where that is not the whole project. */
  allHint?: string;
}) {
  const { projectId, form, isNew, allHint } = props;
  const { t } = useTranslation();
  const mode = Form.useWatch('mode', form);
  const [switched, setSwitched] = useState(false);
  return (
    <>
      <Form.Item
        name="mode"
        label={t('keys.scope')}
        extra={mode === 'all' ? (allHint ?? t('scope.allHint')) : t('scope.rangeHint')}
      >
        <Segmented<'all' | 'range'>
          options={[
            { value: 'all', label: t('scope.all') },
            { value: 'range', label: t('scope.range') },
          ]}
          onChange={() => {
            // The latest choice wins, and begins empty (T29).
            form.setFieldValue('resources', []);
            setSwitched(true);
          }}
        />
      </Form.Item>
      {switched && !isNew && <Alert type="warning" showIcon title={t('scope.switched')} style={{ marginBottom: 16 }} />}
      {mode === 'range' && (
        <Form.Item name="resources" rules={[{ required: true, type: 'array', min: 1, message: t('scope.needed') }]}>
          <ResourcePicker projectId={projectId} />
        </Form.Item>
      )}
    </>
  );
}

/** Only where there are groups that the project may use. */
function GroupField({ projectId }: { projectId: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(groupsQuery(projectId));
  if (!data || data.data.length === 0) return null;
  return (
    <Form.Item name="groupId" label={t('keys.group')} extra={t('create.groupHint')}>
      <OneOf allowClear placeholder={t('create.noGroup')} list={data.data} />
    </Form.Item>
  );
}

/** As many as a list may have. */
const MOST_ADDRESSES = 50;

/** What is typed is judged here only so far that a slip is seen at once; the server decides. */
export function AddressField(props: {
  name: 'ipAllow' | 'ipDeny';
  label: string;
  hint: string;
  form: FormInstance<KeyValues>;
}) {
  const { name, label, hint, form } = props;
  const { t } = useTranslation();
  const mine = useQuery(mineQuery).data;
  const typed = linesOf(Form.useWatch(name, form));
  const strange = typed.filter((line) => !looksLikeAddress(line));
  return (
    <>
      <Form.Item
        name={name}
        label={label}
        extra={
          <>
            {hint}
            <span role="status" className="typed-hint">
              {strange.length > 0
                ? t('create.strange', { lines: strange.slice(0, 3).join(t('list.comma')) })
                : typed.length > MOST_ADDRESSES
                  ? t('create.tooMany', { count: typed.length, most: MOST_ADDRESSES })
                  : ''}
            </span>
          </>
        }
        style={{ marginBottom: name === 'ipAllow' && mine ? 4 : undefined }}
      >
        <Input.TextArea
          autoSize={{ minRows: 1, maxRows: 8 }}
          className="mono"
          placeholder="203.0.113.7&#10;10.0.0.0/24"
          spellCheck={false}
        />
      </Form.Item>
      {name === 'ipAllow' && mine && (
        <Button
          size="small"
          style={{ marginBottom: 16 }}
          onClick={() => {
            const typed: string = (form.getFieldValue(name) as string | undefined)?.trim() ?? '';
            form.setFieldValue(name, typed === '' ? mine : `${typed}\n${mine}`);
          }}
        >
          {t('create.myAddress', { address: mine })}
        </Button>
      )}
    </>
  );
}
