import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import type { SignedIn } from '../api/types.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { Section } from './Section.tsx';

interface Values {
  readonly name: string;
  readonly email: string;
}

/** Name, and the e-mail that one signs in with. */
export function WhoYouAre({ user }: { user: SignedIn['user'] }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const email = Form.useWatch('email', form);
  const { faults, isSending, submit } = useSending<Values, SignedIn>({
    form,
    // Another e-mail takes a proof and ends sessions; a name alone does not.
    send: (values) =>
      call('PATCH', '/auth/profile', {
        body: { name: values.name, ...(values.email !== user.email && { email: values.email }) },
      }),
    onDone: (signedIn) => {
      queries.setQueryData(sessionQuery.queryKey, signedIn);
      void queries.invalidateQueries({ queryKey: ['sessions'] });
      void message.success(t('profile.saved'));
    },
  });
  return (
    <Section title={t('profile.who')}>
      <Form name="who" form={form} layout="vertical" initialValues={user} onFinish={submit} requiredMark={false}>
        <Faults faults={faults} />
        <Form.Item
          name="name"
          label={t('profile.name')}
          rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
        >
          <Input maxLength={64} autoComplete="name" />
        </Form.Item>
        <Form.Item
          name="email"
          label={t('signIn.email')}
          extra={email !== undefined && email !== user.email ? t('profile.otherEmail') : undefined}
          rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
        >
          <Input type="email" maxLength={254} autoComplete="email" />
        </Form.Item>
        <Button htmlType="submit" loading={isSending}>
          {t('form.save')}
        </Button>
      </Form>
    </Section>
  );
}
