import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { toLimit, type LimitValues } from '../keys/keyForm.ts';
import { LimitFields } from '../keys/LimitFields.tsx';
import { useAct } from '../shell/useAct.tsx';
import type { Template } from './queries.ts';

interface Values {
  readonly name: string;
  readonly limits?: readonly LimitValues[];
}

/** A new template with its limits, or another name for one. */
export function TemplateForm(props: { accountId: string; template?: Template; onClose: () => void }) {
  const { accountId, template, onClose } = props;
  const { t } = useTranslation();
  const act = useAct();
  const [form] = Form.useForm<Values>();
  const rename = (name: string) => call<Template>('PATCH', `/limit-templates/${template?.id}`, { body: { name } });
  return (
    <FormDrawer<Values, Template>
      title={template ? t('templates.renameOf', { name: template.name }) : t('templates.create')}
      confirm={template ? t('form.save') : t('form.create')}
      form={form}
      initialValues={template ? { name: template.name } : { limits: [] }}
      send={({ name, limits = [] }) =>
        template
          ? rename(name)
          : call('POST', `/accounts/${accountId}/limit-templates`, { body: { name, limits: limits.map(toLimit) } })
      }
      onDone={(saved) => {
        onClose();
        void act(async () => saved, {
          done: t(template ? 'templates.renamed' : 'templates.created', { name: saved.name }),
          refresh: [['templates', accountId]],
          undo: () => (template ? rename(template.name) : call('DELETE', `/limit-templates/${saved.id}`)),
        });
      }}
      {...(!template && { ifLost: t('templates.createLost') })}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={t('templates.name')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input maxLength={64} autoFocus />
      </Form.Item>
      {!template && <LimitFields />}
    </FormDrawer>
  );
}
