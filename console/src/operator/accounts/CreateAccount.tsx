import { useQueryClient } from '@tanstack/react-query';
import { App, Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import type { Account } from '../../api/types.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';

type Values = Pick<Account, 'name' | 'nameEditable'>;

export function CreateAccount(props: { onClose: () => void; onCreated: (account: Account) => void }) {
  const { onClose, onCreated } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  return (
    <FormDrawer<Values, Account>
      title={t('accounts.create')}
      confirm={t('form.create')}
      form={form}
      initialValues={{ nameEditable: false }}
      send={(body) => call('POST', '/accounts', { body })}
      onDone={(account) => {
        void queries.invalidateQueries({ queryKey: ['accounts'] });
        void message.success(t('accounts.made', { name: account.name }));
        onClose();
        onCreated(account);
      }}
      ifLost={t('accounts.createLost')}
      onClose={onClose}
    >
      <p className="soft">{t('accounts.createWhy')}</p>
      <Form.Item
        name="name"
        label={t('accounts.name')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} autoFocus placeholder="Acme" autoComplete="off" />
      </Form.Item>
      <Form.Item name="nameEditable" valuePropName="checked" extra={t('accounts.nameEditableWhy')}>
        <Checkbox>{t('accounts.nameEditable')}</Checkbox>
      </Form.Item>
    </FormDrawer>
  );
}
