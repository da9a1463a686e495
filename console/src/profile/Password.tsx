import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import type { SignedIn } from '../api/types.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { NewPassword } from '../session/NewPassword.tsx';
import { Section } from './Section.tsx';

interface Values {
  readonly password: string;
  readonly newPassword: string;
}

/** A new password in the place of the one before. Who has none gets one by a link of the operator’s. */
export function Password({ user, hasPassword }: { user: SignedIn['user']; hasPassword: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { faults, isSending, submit } = useSending<Values, SignedIn>({
    form,
    send: (body) => call('POST', '/auth/password', { body }),
    onDone: (signedIn) => {
      form.resetFields();
      queries.setQueryData(sessionQuery.queryKey, signedIn);
      void queries.invalidateQueries({ queryKey: ['sessions'] });
      void message.success(t('profile.passwordSaved'));
    },
  });
  return (
    <Section title={t('signIn.password')}>
      {hasPassword ? (
        <Form name="passwords" form={form} layout="vertical" onFinish={submit} requiredMark={false}>
          <Faults faults={faults} />
          <Form.Item
            name="password"
            label={t('profile.passwordNow')}
            rules={[{ required: true, message: t('form.needed') }]}
          >
            <Input.Password autoComplete="current-password" />
          </Form.Item>
          <NewPassword
            name="newPassword"
            label={t('profile.passwordNew')}
            email={user.email}
            twoFactor={user.twoFactor}
          />
          <p className="soft">{t('profile.passwordEnds')}</p>
          <Button htmlType="submit" loading={isSending}>
            {t('profile.passwordChange')}
          </Button>
        </Form>
      ) : (
        <Typography.Text type="secondary">{t('profile.noPassword')}</Typography.Text>
      )}
    </Section>
  );
}
