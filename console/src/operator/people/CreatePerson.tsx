import { useQueryClient } from '@tanstack/react-query';
import { Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import type { MadeLink, OneTimeLink, User } from '../queries.ts';

type Values = Pick<User, 'name' | 'email' | 'isOperator'>;

/** Somebody new. They choose their password themselves, by a link that is shown once. */
export function CreatePerson({ onClose, onCreated }: { onClose: () => void; onCreated: (made: MadeLink) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  return (
    <FormDrawer<Values, { user: User; passwordReset: OneTimeLink }>
      title={t('people.create')}
      confirm={t('form.create')}
      form={form}
      initialValues={{ isOperator: false }}
      send={({ email, ...rest }) => call('POST', '/people', { body: { ...rest, email: email.trim() } })}
      onDone={({ user, passwordReset }) => {
        void queries.invalidateQueries({ queryKey: ['people'] });
        onClose();
        onCreated({ link: passwordReset, name: user.name });
      }}
      onClose={onClose}
    >
      <p className="soft">{t('people.createWhy')}</p>
      <Form.Item
        name="name"
        label={t('people.name')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} autoFocus autoComplete="off" placeholder="Li Wei" />
      </Form.Item>
      <Form.Item name="email" label={t('form.email')} rules={[{ required: true, message: t('form.needed') }]}>
        <Input type="email" autoComplete="off" placeholder="li.wei@example.com" />
      </Form.Item>
      <Form.Item name="isOperator" valuePropName="checked" extra={t('people.operatorWhy')}>
        <Checkbox>{t('people.operator')}</Checkbox>
      </Form.Item>
    </FormDrawer>
  );
}
