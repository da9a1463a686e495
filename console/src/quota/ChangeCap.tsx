import { Form, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { useAct } from '../shell/useAct.tsx';

/** A cap that can be changed: what it is called, what it is now, and where it is set. Null: no cap of its own. */
export interface Cap {
  readonly field: 'keyCap' | 'memberKeyCap';
  readonly path: string;
  readonly title: string;
  readonly hint: string;
  readonly now: number | null;
  /** Whether it can be left empty. */
  readonly canBeNone: boolean;
}

/** One number. Lowered below what there is, it ends no key; it can be taken back. */
export function ChangeCap({ cap, onClose }: { cap: Cap; onClose: () => void }) {
  const { field, path, title, hint, now, canBeNone } = cap;
  const { t } = useTranslation();
  const act = useAct();
  const [form] = Form.useForm<Record<string, number | null>>();
  const send = (to: number | null) => call<object>('PATCH', path, { body: { [field]: to } });
  return (
    <FormDrawer<Record<string, number | null>, object>
      title={title}
      confirm={t('form.save')}
      form={form}
      initialValues={{ [field]: now }}
      send={(values) => send(values[field] ?? null)}
      onDone={(saved) => {
        onClose();
        void act(async () => saved, {
          done: t('quota.capSaved'),
          refresh: [['quota'], ['projectQuota']],
          undo: () => send(now),
        });
      }}
      onClose={onClose}
    >
      <Form.Item
        name={field}
        label={t('quota.cap')}
        extra={hint}
        rules={canBeNone ? [] : [{ required: true, message: t('form.needed') }]}
      >
        <InputNumber
          min={0}
          max={1_000_000}
          precision={0}
          autoFocus
          placeholder={canBeNone ? t('quota.none') : ''}
          style={{ width: 160 }}
        />
      </Form.Item>
    </FormDrawer>
  );
}
