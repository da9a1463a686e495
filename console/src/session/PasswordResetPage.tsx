import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Form, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { passwordResetLookOut } from '../../../src/http/manage/schema/people.ts';
import { call } from '../api/client.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { forgetToken } from './arrival.ts';
import { LinkPage } from './LinkPage.tsx';
import { NewPassword } from './NewPassword.tsx';

type Look = z.output<typeof passwordResetLookOut>;

/** Where the operator’s link leads: a new password, with which one then signs in. */
export function PasswordResetPage() {
  const { t } = useTranslation();
  return (
    <LinkPage<Look>
      path="/password-reset"
      lookUp="/auth/password-reset/look-up"
      title={() => t('reset.title')}
      over={t('reset.over')}
    >
      {(look, token) => <Choose key={token} look={look} token={token} />}
    </LinkPage>
  );
}

function Choose({ look, token }: { look: Look; token: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [form] = Form.useForm<{ password: string }>();
  const { faults, isSending, submit } = useSending({
    form,
    send: ({ password }) => call('POST', '/auth/password-reset', { body: { token, password } }),
    onDone: () => {
      forgetToken('/password-reset');
      queries.clear();
      void message.success(t('reset.done'));
      void navigate({ to: '/sign-in', search: {}, replace: true });
    },
  });
  return (
    <Form form={form} layout="vertical" onFinish={submit} requiredMark={false}>
      <Typography.Paragraph className="any">{t('reset.why', { email: look.email })}</Typography.Paragraph>
      <Faults faults={faults} />
      <NewPassword name="password" label={t('reset.password')} email={look.email} twoFactor={look.twoFactor} />
      <Button type="primary" htmlType="submit" loading={isSending} block>
        {t('reset.save')}
      </Button>
    </Form>
  );
}
