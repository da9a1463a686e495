import type { QueryKey } from '@tanstack/react-query';
import { Button, Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { changedIn, follow, useFollowing } from '../form/changes.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { useAct } from '../shell/useAct.tsx';

interface Values {
  readonly name: string;
  readonly nameEditable?: boolean;
}

/** What a project or an account is called, and of an account whether its keys can be renamed. It can be taken back. */
export function NameForm(props: { path: string; start: Values; mayChange: boolean; refresh: readonly QueryKey[] }) {
  const { path, start, mayChange, refresh } = props;
  const { t } = useTranslation();
  const act = useAct();
  const [form] = Form.useForm<Values>();
  const send = (body: object) => call<object>('PATCH', path, { body });
  useFollowing(form, start);
  const { faults, isSending, submit } = useSending<Values, object>({
    form,
    send: (values) => send(changedIn(values, start)),
    onDone: (saved) =>
      void act(async () => saved, {
        done: t('settings.saved'),
        refresh,
        undo: async () => {
          await send(start);
          follow(form, form.getFieldsValue(), start);
        },
      }),
  });
  return (
    <Form form={form} layout="vertical" disabled={!mayChange} initialValues={start} onFinish={submit}>
      <Faults faults={faults} />
      <Form.Item
        name="name"
        label={t('settings.name')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} style={{ maxWidth: 420 }} />
      </Form.Item>
      {start.nameEditable !== undefined && (
        <Form.Item name="nameEditable" valuePropName="checked" extra={t('settings.nameEditableWhy')}>
          <Checkbox>{t('settings.nameEditable')}</Checkbox>
        </Form.Item>
      )}
      {mayChange && (
        <Button type="primary" htmlType="submit" loading={isSending}>
          {t('form.save')}
        </Button>
      )}
    </Form>
  );
}
