import { useQuery, useQueryClient } from '@tanstack/react-query';
import { AutoComplete, Button, Flex, Form, Input, Select } from 'antd';
import { Suspense, useDeferredValue, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, hasCode } from '../api/client.ts';
import { accountSecurityQuery, projectsQuery } from '../api/queries.ts';
import type { CreatedKey } from '../api/types.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { OneOf } from '../form/OneOf.tsx';
import { useAttempt } from '../form/useAttempt.ts';
import { part } from '../routes/page.ts';
import { FORM_NAMES, toCreation, type KeyValues } from './keyForm.ts';
import { KeyFields } from './KeyFields.tsx';
import { allTemplatesQuery } from '../limits/queries.ts';
import { LimitFields } from './LimitFields.tsx';
import { regionsQuery } from './queries.ts';
import { ValueDialog } from './ValueDialog.tsx';

const AskForMore = part(async () => (await import('../quota/AskForMore.tsx')).AskForMore, 'quota');

/** What names look like that tell environment and purpose. */
const NAMES = ['prod-api', 'staging-web', 'dev-local', 'billing-worker', 'customer-support-tool'];
const START: KeyValues = { mode: 'all', expires: 'never', limits: [] };
const TEMPORARY: Partial<KeyValues> = {
  expires: '7d',
  limits: [{ unit: 'cost', amount: '10', window: 'lifetime' }],
};

/** Everything a new key can be, in one place, and then its value. What was typed stays when the server finds a fault. */
export function CreateKey({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [form] = Form.useForm<KeyValues>();
  const attempt = useAttempt();
  const [made, setMade] = useState<CreatedKey | null>(null);
  const [isFull, setFull] = useState(false);
  const { data: projects } = useQuery(projectsQuery);
  const accountId = projects?.data.find(({ id }) => id === projectId)?.accountId;
  const security = useQuery({ ...accountSecurityQuery(accountId ?? ''), enabled: accountId !== undefined });

  const environment = Form.useWatch('environment', form);
  // What is asked first is shown at once; the rest, which is much, right after.
  const isWhole = useDeferredValue(true, false);
  const [whole] = useState(() => Promise.withResolvers<void>());
  useEffect(() => {
    if (isWhole) whole.resolve();
  }, [isWhole, whole]);

  // Nothing may have to be fetched now: what is shown this once would be lost with it.
  if (made) return <ValueDialog name={made.name} value={made.value} baseUrl={made.baseUrl} onClose={onClose} />;
  return (
    <FormDrawer<KeyValues, CreatedKey>
      title={t('create.title')}
      confirm={t('create.confirm')}
      form={form}
      initialValues={START}
      aliases={FORM_NAMES}
      send={async (values) => {
        // Who is quicker than the page sends what they typed: the faults found in it are to stand at fields that are there.
        await whole.promise;
        // Fields that were not there yet are as they begin.
        return call('POST', `/projects/${projectId}/keys`, {
          body: toCreation({ ...START, ...values }, Date.now()),
          headers: attempt.headers,
        });
      }}
      onDone={(key) => {
        setMade(key);
        void queries.invalidateQueries({ queryKey: ['keys'] });
      }}
      onRefused={(error) => {
        setFull(hasCode(error, 'quota_exceeded'));
        attempt.onRefused(error);
      }}
      onClose={onClose}
    >
      <Suspense>{isFull && accountId !== undefined && <AskForMore accountId={accountId} />}</Suspense>
      <Form.Item
        name="name"
        label={t('keys.name')}
        rules={[{ required: true, whitespace: true, message: t('create.nameNeeded') }]}
        extra={t('create.nameHint')}
      >
        <AutoComplete
          options={namesFor(environment).map((value) => ({ value }))}
          showSearch={{ filterOption: true }}
          autoFocus
          maxLength={64}
          placeholder="prod-api"
        />
      </Form.Item>
      <p className="soft" style={{ marginTop: -12 }}>
        {t('create.separate')}
      </p>
      <Flex gap={8} align="center" wrap style={{ marginBottom: 20 }}>
        <Button size="small" disabled={!isWhole} onClick={() => form.setFieldsValue(TEMPORARY)}>
          {t('create.temporary')}
        </Button>
        <span style={{ color: 'var(--soft)', fontSize: 13 }}>{t('create.temporaryWhy')}</span>
      </Flex>
      {isWhole && (
        <>
          <KeyFields projectId={projectId} form={form} isNew />
          <TemplateField accountId={accountId} />
          <LimitFields />
          <RegionField />
        </>
      )}
      {security.data?.customKeys === true && (
        <Form.Item name="value" label={t('create.value')} extra={t('create.valueHint')}>
          <Input.Password autoComplete="off" placeholder={t('create.valueGenerated')} />
        </Form.Item>
      )}
    </FormDrawer>
  );
}

/** Those of the environment that was named, or one of each kind. */
function namesFor(environment = ''): readonly string[] {
  const stem = environment.trim();
  return stem === '' ? NAMES : ['api', 'web', 'worker', 'batch'].map((purpose) => `${stem}-${purpose}`);
}

/** Only where the account has templates. */
function TemplateField({ accountId }: { accountId: string | undefined }) {
  const { t } = useTranslation();
  const { data } = useQuery({ ...allTemplatesQuery(accountId ?? ''), enabled: accountId !== undefined });
  if (!data || data.data.length === 0) return null;
  return (
    <Form.Item name="limitTemplateId" label={t('create.template')} extra={t('create.templateHint')}>
      <OneOf allowClear placeholder={t('create.noTemplate')} list={data.data} />
    </Form.Item>
  );
}

/** Only where there is more than one: a key belongs to its region for good. */
function RegionField() {
  const { t } = useTranslation();
  const regions = useQuery(regionsQuery).data?.data ?? [];
  if (regions.length < 2) return null;
  return (
    <Form.Item
      name="region"
      label={t('keys.region')}
      extra={t('create.regionHint')}
      initialValue={regions.find(({ isHere }) => isHere)?.id}
    >
      <Select options={regions.map(({ id, baseUrl }) => ({ value: id, label: `${id} · ${baseUrl}` }))} />
    </Form.Item>
  );
}
