import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { accountsQuery } from '../api/queries.ts';
import type { CreatedKey, Project } from '../api/types.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { OneOf } from '../form/OneOf.tsx';
import { useAttempt } from '../form/useAttempt.ts';

/** A new project, and its default key with the value that is shown this once; null where none was wanted. */
export type CreatedProject = Project & { readonly defaultKey: CreatedKey | null };

interface Values {
  readonly name: string;
  readonly accountId: string;
  readonly defaultKey: boolean;
}

export function CreateProject(props: {
  accountId: string;
  onClose: () => void;
  onCreated: (project: CreatedProject) => void;
}) {
  const { accountId, onClose, onCreated } = props;
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const accounts = useQuery(accountsQuery);
  const attempt = useAttempt();
  const known = accounts.data?.data ?? [];
  return (
    <FormDrawer<Values, CreatedProject>
      title={t('projects.create')}
      confirm={t('form.create')}
      form={form}
      initialValues={{ accountId, defaultKey: true }}
      send={(body) =>
        call('POST', '/projects', {
          body: { ...body, accountId: body.accountId ?? accountId },
          headers: attempt.headers,
        })
      }
      onDone={(project) => {
        void queries.invalidateQueries({ queryKey: ['projects'] });
        onClose();
        onCreated(project);
      }}
      onRefused={attempt.onRefused}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={t('projects.name')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} autoFocus />
      </Form.Item>
      {known.length > 1 && (
        <Form.Item name="accountId" label={t('projects.account')}>
          <OneOf list={known} />
        </Form.Item>
      )}
      <Form.Item name="defaultKey" valuePropName="checked" extra={t('projects.defaultKeyWhy')}>
        <Checkbox>{t('projects.defaultKey')}</Checkbox>
      </Form.Item>
    </FormDrawer>
  );
}
