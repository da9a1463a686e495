import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Form, Spin, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { passwordResetLookOut } from '../../../src/http/manage/schema/people.ts';
import { call, hasCode } from '../api/client.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { PageError } from '../shell/PageError.tsx';
import { forgetToken, useLinkToken } from './arrival.ts';
import { EntryFrame } from './EntryFrame.tsx';
import { LinkOver } from './LinkOver.tsx';
import { NewPassword } from './NewPassword.tsx';

type Look = z.output<typeof passwordResetLookOut>;

/** Where the operator’s link leads: a new password, with which one then signs in. */
export function PasswordResetPage() {
  const { t } = useTranslation();
  const token = useLinkToken('/password-reset');
  const look = useQuery({
    queryKey: ['passwordResetLook', token],
    queryFn: () => call<Look>('POST', '/auth/password-reset/look-up', { body: { token } }),
    enabled: token !== undefined,
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
  });
  const isOver = hasCode(look.error, 'invalid_credentials') || hasCode(look.error, 'invalid_request');
  if (token === undefined || isOver)
    return (
      <EntryFrame title={t('reset.over')}>
        <LinkOver {...(hasCode(look.error, 'invalid_credentials') && { why: look.error.message })} />
      </EntryFrame>
    );
  return (
    <EntryFrame title={t('reset.title')}>
      {look.isPending && <Spin />}
      {look.error && <PageError error={look.error} reset={() => void look.refetch()} />}
      {look.data && <Choose key={token} look={look.data} token={token} />}
    </EntryFrame>
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
