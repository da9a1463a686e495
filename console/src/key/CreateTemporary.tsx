import { useQueryClient } from '@tanstack/react-query';
import { Form, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import type { CreatedKey, KeyDetails } from '../api/types.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { linesOf } from '../form/lines.ts';
import { useAttempt } from '../form/useAttempt.ts';
import { FORM_NAMES, toCreation, type KeyValues } from '../keys/keyForm.ts';
import { AddressField, ScopeFields } from '../keys/KeyFields.tsx';
import { LimitFields } from '../keys/LimitFields.tsx';
import { ValueDialog } from '../keys/ValueDialog.tsx';
import { Until } from '../shell/Until.tsx';

interface Values extends KeyValues {
  readonly ttlSeconds?: number;
}

const START = { ttlSeconds: 86_400, mode: 'all', limits: [] } as const;
const LIVES = [900, 3600, 28_800, 86_400, 604_800, 2_592_000] as const;

/** A temporary key from a key, and then its value. What is left as it is, is as the key has it. */
export function CreateTemporary({ keyOf, onClose }: { keyOf: KeyDetails; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const attempt = useAttempt();
  const [made, setMade] = useState<CreatedKey | null>(null);
  const ttlSeconds = Form.useWatch('ttlSeconds', form) ?? START.ttlSeconds;

  if (made) return <ValueDialog name={made.name} value={made.value} baseUrl={made.baseUrl} onClose={onClose} />;
  return (
    <FormDrawer<Values, CreatedKey>
      title={t('temporary.create')}
      confirm={t('form.create')}
      form={form}
      initialValues={START}
      aliases={FORM_NAMES}
      send={(values) =>
        call('POST', `/keys/${keyOf.id}/temporary-keys`, {
          body: toTemporary(values),
          headers: attempt.headers,
        })
      }
      onDone={(key) => {
        setMade(key);
        void queries.invalidateQueries({ queryKey: ['keys'] });
      }}
      onRefused={attempt.onRefused}
      onClose={onClose}
    >
      <p className="soft">{t('temporary.why')}</p>
      <Form.Item name="ttlSeconds" label={t('temporary.life')} extra={<Until at={endOf(ttlSeconds)} />}>
        <Select options={LIVES.map((value) => ({ value, label: t(`temporary.lives.${value}`) }))} />
      </Form.Item>
      <Form.Item name="name" label={t('keys.name')} extra={t('temporary.nameHint', { name: keyOf.name })}>
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      <Form.Item name="description" label={t('keys.description')}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={500} />
      </Form.Item>
      {keyOf.projectId !== null && (
        <ScopeFields projectId={keyOf.projectId} form={form} isNew allHint={t('temporary.allHint')} />
      )}
      <AddressField name="ipAllow" label={t('keys.ipAllow')} hint={t('temporary.addressHint')} form={form} />
      <LimitFields />
    </FormDrawer>
  );
}

function endOf(ttlSeconds: number): string {
  return new Date(Date.now() + ttlSeconds * 1000).toISOString();
}

function toTemporary({ ttlSeconds, name = '', description = '', ipAllow, ...rest }: Values): object {
  const { scope, limits } = toCreation(rest, Date.now());
  return {
    ttlSeconds,
    scope,
    limits,
    description,
    ipAllow: linesOf(ipAllow),
    ...(name.trim() !== '' && { name: name.trim() }),
  };
}
