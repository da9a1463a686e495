import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Drawer, Flex, Form, Grid, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call } from '../api/client.ts';
import { keyQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { placeFaults, toChange, valuesOf, type KeyValues } from '../keys/keyForm.ts';
import { KeyFields } from '../keys/KeyFields.tsx';

/** Name and value stay; all else can be edited. Only what was changed is sent. */
export function EditKey({ keyOf, onClose }: { keyOf: KeyDetails; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const screens = Grid.useBreakpoint();
  const [form] = Form.useForm<KeyValues>();
  const [faults, setFaults] = useState<readonly string[]>([]);
  const start = valuesOf(keyOf);

  const save = useMutation({
    mutationFn: (values: KeyValues) => {
      const nowMs = Date.now();
      const before = toChange(start, nowMs);
      const changed = Object.entries(toChange(values, nowMs)).filter(
        ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
      );
      return changed.length === 0
        ? Promise.resolve(keyOf)
        : call<KeyDetails>('PATCH', `/keys/${keyOf.id}`, { body: Object.fromEntries(changed) });
    },
    onSuccess: async (key) => {
      queries.setQueryData(keyQuery(key.id).queryKey, key);
      void message.success(t('key.saved', { name: key.name }));
      onClose();
      await queries.invalidateQueries({ queryKey: ['keys'] });
    },
    onError: (error) => setFaults(error instanceof ApiError ? placeFaults(form, error) : [t('error.unknown')]),
  });

  return (
    <Drawer
      open
      title={t('key.editTitle', { name: keyOf.name })}
      onClose={onClose}
      size={screens.sm ? 620 : '100%'}
      footer={
        <Flex justify="end" gap={8}>
          <Button onClick={onClose}>{t('form.cancel')}</Button>
          <Button type="primary" loading={save.isPending} onClick={() => form.submit()}>
            {t('form.save')}
          </Button>
        </Flex>
      }
    >
      <Form
        form={form}
        layout="vertical"
        initialValues={start}
        onFinish={(values) => {
          setFaults([]);
          save.mutate({ ...start, ...values, ...('groupId' in values && { groupId: values.groupId ?? null }) });
        }}
        scrollToFirstError={{ focus: true }}
      >
        {faults.map((fault) => (
          <Alert key={fault} type="error" showIcon title={fault} style={{ marginBottom: 16 }} />
        ))}
        <Form.Item label={t('keys.name')} htmlFor="fixed-name" extra={t('key.nameFixed')}>
          <Input id="fixed-name" value={keyOf.name} disabled />
        </Form.Item>
        <KeyFields projectId={keyOf.projectId ?? ''} form={form} />
      </Form>
    </Drawer>
  );
}
