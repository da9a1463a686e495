import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { projectsQuery, sessionQuery } from '../api/queries.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { OneOf } from '../form/OneOf.tsx';
import { allMembersQuery, type InvitationCreated, type Place, type Role } from './queries.ts';

interface Values {
  readonly email: string;
  readonly role: Role;
  readonly projectId?: string;
  readonly projectRole: 'admin' | 'member';
}

/** A link that lets somebody into the account, and into one of its projects at once. */
export function Invite(props: { place: Place; onClose: () => void; onInvited: (made: InvitationCreated) => void }) {
  const { place, onClose, onInvited } = props;
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const role = Form.useWatch('role', form);
  const projectId = Form.useWatch('projectId', form);
  const projects = useQuery(projectsQuery).data?.data.filter(({ accountId }) => accountId === place.accountId);
  const me = useQuery(sessionQuery).data?.user;
  const people = useQuery(allMembersQuery({ ...place, projectId: null })).data?.data ?? [];
  const mine = people.find(({ userId }) => userId === me?.id)?.role;
  // Nobody grants a role above their own; where theirs is not known the server decides.
  const mayGiveOwner = me?.isOperator === true || mine === undefined || mine === 'owner';
  const radios = (label: string, roles: readonly Role[]) => (
    <Radio.Group aria-label={label} options={roles.map((value) => ({ value, label: t(`members.role.${value}`) }))} />
  );
  return (
    <FormDrawer<Values, InvitationCreated>
      title={t('members.invite')}
      confirm={t('members.makeLink')}
      form={form}
      initialValues={{
        role: 'member',
        projectRole: 'member',
        ...(place.projectId !== null && { projectId: place.projectId }),
      }}
      send={(values) =>
        call('POST', '/invitations', {
          body: {
            email: values.email,
            accountId: place.accountId,
            role: values.role,
            ...(values.projectId !== undefined && { projectId: values.projectId, projectRole: values.projectRole }),
          },
        })
      }
      onDone={(made) => {
        void queries.invalidateQueries({ queryKey: ['invitations'] });
        onInvited(made);
      }}
      ifLost={t('members.inviteLost')}
      onClose={onClose}
    >
      <p className="soft" style={{ marginTop: 0 }}>
        {t('members.inviteWhy')}
      </p>
      <Form.Item name="email" label={t('members.email')} rules={[{ required: true, message: t('form.needed') }]}>
        <Input type="email" maxLength={254} autoFocus autoComplete="off" />
      </Form.Item>
      <Form.Item name="role" label={t('members.roleInAccount')} extra={t(`members.roleWhy.${role ?? 'member'}`)}>
        {radios(t('members.roleInAccount'), mayGiveOwner ? ['member', 'admin', 'owner'] : ['member', 'admin'])}
      </Form.Item>
      <Form.Item name="projectId" label={t('members.project')} extra={t('members.projectHint')}>
        <OneOf allowClear placeholder={t('members.noProject')} list={projects} />
      </Form.Item>
      {projectId !== undefined && (
        <Form.Item name="projectRole" label={t('members.roleInProject')}>
          {radios(t('members.roleInProject'), ['member', 'admin'])}
        </Form.Item>
      )}
    </FormDrawer>
  );
}
