import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { useChanges } from '../../form/changes.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { OneOf } from '../../form/OneOf.tsx';
import { accountQuery, allGroupsQuery, type AccountDetails, type Group } from '../queries.ts';

interface Values {
  readonly name: string;
  readonly nameEditable: boolean;
  readonly defaultGroupId?: string | null;
}

/** Its name, whether its keys can be renamed, and the group of its keys that are in none. */
export function EditAccount({ account, onClose }: { account: AccountDetails; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const changes = useChanges(account);
  const groups = useQuery(allGroupsQuery);
  const { id, name, nameEditable, defaultGroupId } = account;
  const choices = groups.data?.data.filter((group) => isFor(group, id) || group.id === defaultGroupId);
  return (
    <FormDrawer<Values, AccountDetails>
      title={t('accounts.editTitle', { name })}
      confirm={t('form.save')}
      form={form}
      initialValues={{ name, nameEditable, defaultGroupId }}
      send={({ defaultGroupId: chosen = null, ...body }) =>
        call('PATCH', `/accounts/${id}`, {
          body: changes({ ...body, defaultGroupId: chosen }),
        })
      }
      onDone={(saved) => {
        queries.setQueryData(accountQuery(id).queryKey, saved);
        void queries.invalidateQueries({ queryKey: ['accounts'] });
        void message.success(t('accounts.saved', { name: saved.name }));
        onClose();
      }}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={t('accounts.name')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} autoFocus autoComplete="off" />
      </Form.Item>
      <Form.Item name="defaultGroupId" label={t('accounts.group')} extra={t('accounts.groupWhy')}>
        <OneOf allowClear placeholder={t('accounts.noGroup')} list={choices} />
      </Form.Item>
      <Form.Item name="nameEditable" valuePropName="checked" extra={t('accounts.nameEditableWhy')}>
        <Checkbox>{t('accounts.nameEditable')}</Checkbox>
      </Form.Item>
    </FormDrawer>
  );
}

/** Whether a group is open to an account as a whole. */
function isFor({ openTo }: Group, accountId: string): boolean {
  return openTo.mode === 'all' || openTo.places.some(({ type, id }) => type === 'account' && id === accountId);
}
