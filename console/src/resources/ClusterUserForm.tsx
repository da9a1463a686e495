import { useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useChanges } from '../form/changes.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { linesOf } from '../form/lines.ts';
import { ExpiryFields } from '../keys/ExpiryFields.tsx';
import { FORM_NAMES, toExpiry } from '../keys/keyForm.ts';
import type { ClusterUser, UserWithPassword } from './types.ts';

interface Values {
  readonly username?: string;
  readonly password?: string;
  readonly role: ClusterUser['role'];
  readonly paths: string;
  readonly ipAllow: string;
  readonly ipDeny: string;
  readonly description: string;
  readonly expires: string;
  readonly expiresAt?: { toISOString(): string } | null;
}

const ROLES = ['read-only', 'read-write', 'admin'] as const;
const START: Values = { role: 'read-only', paths: '/**', ipAllow: '', ipDeny: '', description: '', expires: 'never' };
const EXPIRIES = ['never', '30d', '90d', '365d', 'at'] as const;

/** A new user of a service, or an edited one. Name and password are not edited here. */
export function ClusterUserForm(props: {
  serviceId: string;
  user?: ClusterUser;
  onClose: () => void;
  onMade: (made: UserWithPassword) => void;
}) {
  const { serviceId, user, onClose, onMade } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const start: Values = user
    ? {
        role: user.role,
        paths: user.paths.join('\n'),
        ipAllow: user.ipAllow.join('\n'),
        ipDeny: user.ipDeny.join('\n'),
        description: user.description,
        expires: user.expiresAt === null ? 'never' : 'keep',
      }
    : START;

  const changes = useChanges(settingsOf(start));

  function send({ username, password, ...values }: Values): Promise<ClusterUser | UserWithPassword> {
    const settings = settingsOf(values);
    if (user) return call('PATCH', `/services/${serviceId}/users/${user.id}`, { body: changes(settings) });
    const hasPassword = password !== undefined && password !== '';
    const body = { ...settings, username, ...(hasPassword && { password }) };
    return call('POST', `/services/${serviceId}/users`, { body });
  }

  return (
    <FormDrawer<Values, ClusterUser | UserWithPassword>
      title={user ? t('resources.edit', { name: user.username }) : t('resources.users.create')}
      confirm={user ? t('form.save') : t('form.create')}
      form={form}
      initialValues={start}
      aliases={FORM_NAMES}
      send={send}
      onDone={(saved) => {
        void message.success(t(user ? 'resources.users.saved' : 'resources.users.made', { name: saved.username }));
        onClose();
        if ('password' in saved) onMade(saved);
        void queries.invalidateQueries({ queryKey: ['clusterUsers', serviceId] });
      }}
      onClose={onClose}
    >
      {!user && (
        <>
          <Form.Item
            name="username"
            label={t('resources.users.name')}
            extra={t('resources.users.nameHint')}
            rules={[{ required: true, message: t('form.needed') }]}
          >
            <Input autoFocus maxLength={64} autoComplete="off" placeholder="reporting" className="mono" />
          </Form.Item>
          <Form.Item name="password" label={t('form.password')} extra={t('resources.users.passwordHint')}>
            <Input.Password autoComplete="new-password" placeholder={t('create.valueGenerated')} />
          </Form.Item>
        </>
      )}
      <Form.Item name="role" label={t('resources.users.role')}>
        <Radio.Group
          style={{ display: 'grid', gap: 4 }}
          options={ROLES.map((value) => ({ value, label: t(`resources.users.roleHints.${value}`) }))}
        />
      </Form.Item>
      <Form.Item name="paths" label={t('resources.users.paths')} extra={t('resources.users.pathsHint')}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 8 }} className="mono" spellCheck={false} />
      </Form.Item>
      <Form.Item name="ipAllow" label={t('keys.ipAllow')} extra={t('create.ipAllowHint')}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 8 }} className="mono" spellCheck={false} />
      </Form.Item>
      <Form.Item name="ipDeny" label={t('keys.ipDeny')} extra={t('create.ipDenyHint')}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 8 }} className="mono" spellCheck={false} />
      </Form.Item>
      <ExpiryFields choices={[...(user?.expiresAt ? ['keep'] : []), ...EXPIRIES]} />
      <Form.Item name="description" label={t('keys.description')}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={500} />
      </Form.Item>
    </FormDrawer>
  );
}

function settingsOf(values: Omit<Values, 'username' | 'password'>): object {
  return {
    role: values.role,
    description: values.description,
    paths: linesOf(values.paths),
    ipAllow: linesOf(values.ipAllow),
    ipDeny: linesOf(values.ipDeny),
    expiresAt: toExpiry(values, Date.now()),
  };
}
