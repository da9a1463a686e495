import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Form, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { OneOf } from '../form/OneOf.tsx';
import { allMembersQuery } from './queries.ts';

interface Values {
  readonly userId: string;
  readonly role: 'admin' | 'member';
}

/** Somebody of the account becomes a member of one of its projects. */
export function AddToProject(props: { accountId: string; projectId: string; onClose: () => void }) {
  const { accountId, projectId, onClose } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const people = useQuery(allMembersQuery({ accountId, projectId: null })).data;
  const members = useQuery(allMembersQuery({ accountId, projectId })).data;
  const known = new Set(members?.data.map(({ userId }) => userId));
  const others = people?.data
    .filter(({ userId }) => !known.has(userId))
    .map(({ userId, name, email }) => ({ id: userId, name: [name, email].filter(Boolean).join(' · ') }));
  return (
    <FormDrawer<Values, unknown>
      title={t('members.add')}
      confirm={t('members.addConfirm')}
      form={form}
      initialValues={{ role: 'member' }}
      send={({ userId, role }) => call('PUT', `/projects/${projectId}/members/${userId}`, { body: { role } })}
      onDone={() => {
        void queries.invalidateQueries({ queryKey: ['members'] });
        void message.success(t('members.addDone'));
        onClose();
      }}
      onClose={onClose}
    >
      <Form.Item
        name="userId"
        label={t('members.whom')}
        extra={t('members.whomHint')}
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <OneOf list={members && others} autoFocus />
      </Form.Item>
      <Form.Item name="role" label={t('members.roleInProject')}>
        <Radio.Group
          options={(['member', 'admin'] as const).map((value) => ({ value, label: t(`members.role.${value}`) }))}
        />
      </Form.Item>
    </FormDrawer>
  );
}
