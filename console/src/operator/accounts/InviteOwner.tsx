import { Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import type { Account } from '../../api/types.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import type { OneTimeLink } from '../queries.ts';

interface Values {
  readonly email: string;
  readonly role: (typeof ROLES)[number];
}
const ROLES = ['owner', 'admin', 'member'] as const;

/** A link that lets somebody into the account: of a new account its owner first. */
export function InviteOwner(props: {
  account: Pick<Account, 'id' | 'name'>;
  onClose: () => void;
  onInvited: (link: OneTimeLink) => void;
}) {
  const { account, onClose, onInvited } = props;
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  return (
    <FormDrawer<Values, { link: OneTimeLink }>
      title={t('accounts.inviteTitle', { name: account.name })}
      confirm={t('accounts.inviteConfirm')}
      form={form}
      initialValues={{ role: 'owner' }}
      send={({ email, role }) =>
        call('POST', '/invitations', { body: { email: email.trim(), role, accountId: account.id } })
      }
      onDone={({ link }) => {
        onClose();
        onInvited(link);
      }}
      ifLost={t('accounts.inviteLost')}
      onClose={onClose}
    >
      <p className="soft">{t('accounts.inviteWhy')}</p>
      <Form.Item name="email" label={t('form.email')} rules={[{ required: true, message: t('form.needed') }]}>
        <Input type="email" autoComplete="off" autoFocus />
      </Form.Item>
      <Form.Item name="role" label={t('accounts.role')}>
        <Select options={ROLES.map((value) => ({ value, label: t(`accounts.roles.${value}`) }))} />
      </Form.Item>
    </FormDrawer>
  );
}
