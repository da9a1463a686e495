import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Alert, App, Button, Form, Input, Spin, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { invitationLookOut } from '../../../src/http/manage/schema/people.ts';
import { call } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { Faults } from '../form/Faults.tsx';
import { useSending } from '../form/useSending.ts';
import { forgetToken } from './arrival.ts';
import { LinkPage } from './LinkPage.tsx';
import { NewPassword } from './NewPassword.tsx';
import { goToProvider, providerQuery } from './provider.ts';

type Look = z.output<typeof invitationLookOut>;

/** Where the link of an invitation leads: a new person chooses name and password, who has a user accepts signed in. */
export function InvitationPage() {
  const { t } = useTranslation();
  return (
    <LinkPage<Look>
      path="/invitation"
      lookUp="/invitations/look-up"
      title={(look) => (look ? t('invitation.title', { account: look.accountName }) : t('invitation.name'))}
      over={t('invitation.over')}
    >
      {(look, token) => <Invitation key={token} look={look} token={token} />}
    </LinkPage>
  );
}

function Invitation({ look, token }: { look: Look; token: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const session = useQuery(sessionQuery);
  const user = session.data?.user;

  async function enter(): Promise<void> {
    forgetToken('/invitation');
    queries.clear();
    void message.success(t('invitation.done', { account: look.accountName }));
    await navigate({ to: '/', replace: true });
  }
  async function leave(): Promise<void> {
    try {
      await call('POST', '/auth/sign-out');
    } catch (error) {
      return void message.error(`${t('shell.notSignedOut')} ${(error as Error).message}`);
    }
    await queries.resetQueries({ queryKey: sessionQuery.queryKey });
  }

  return (
    <>
      <Typography.Paragraph>
        {t(`invitation.role.${look.role}`)}
        {look.projectName !== null && (
          <> {t(`invitation.projectRole.${look.projectRole ?? 'member'}`, { project: look.projectName })}</>
        )}
      </Typography.Paragraph>
      {/* Asked again, who is not signed in stays so meanwhile: what they typed is not taken from them. */}
      {!session.isFetched ? (
        <Spin />
      ) : user === undefined && !look.isUser ? (
        <Newcomer look={look} token={token} onDone={() => void enter()} />
      ) : user === undefined ? (
        <>
          <Typography.Paragraph className="any">{t('invitation.known', { email: look.email })}</Typography.Paragraph>
          <Link to="/sign-in" search={{ back: '/invitation' }}>
            <Button type="primary" block tabIndex={-1}>
              {t('signIn.enter')}
            </Button>
          </Link>
        </>
      ) : user.email === look.email ? (
        <Accept email={user.email} token={token} onDone={() => void enter()} />
      ) : (
        <>
          <Alert
            type="warning"
            showIcon
            className="any"
            title={t('invitation.other', { email: look.email, mine: user.email })}
            style={{ marginBottom: 16 }}
          />
          <Button block onClick={() => void leave()}>
            {t('invitation.leave')}
          </Button>
        </>
      )}
    </>
  );
}

function Accept({ email, token, onDone }: { email: string; token: string; onDone: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<object>();
  const { faults, isSending, submit } = useSending({
    form,
    send: () => call('POST', '/invitations/accept', { body: { token } }),
    onDone,
  });
  return (
    <Form form={form} onFinish={submit}>
      <Faults faults={faults} />
      <Button type="primary" htmlType="submit" loading={isSending} block className="any">
        {t('invitation.acceptAs', { email })}
      </Button>
    </Form>
  );
}

function Newcomer({ look, token, onDone }: { look: Look; token: string; onDone: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ name: string; password: string }>();
  const provider = useQuery(providerQuery).data?.name ?? null;
  const { faults, isSending, submit } = useSending({
    form,
    send: (values) => call('POST', '/invitations/accept', { body: { ...values, token } }),
    onDone,
  });
  return (
    <>
      <Form form={form} layout="vertical" onFinish={submit} requiredMark={false}>
        <Faults faults={faults} />
        <Form.Item label={t('signIn.email')} htmlFor="invited">
          <Input id="invited" value={look.email} readOnly autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="name"
          label={t('invitation.yourName')}
          rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
        >
          <Input maxLength={64} autoComplete="name" autoFocus />
        </Form.Item>
        <NewPassword name="password" label={t('signIn.password')} email={look.email} twoFactor={false} />
        <Button type="primary" htmlType="submit" loading={isSending} block>
          {t('invitation.accept')}
        </Button>
      </Form>
      {provider !== null && (
        <>
          <Typography.Paragraph type="secondary" style={{ margin: '16px 0 8px' }}>
            {t('invitation.withProvider', { name: provider })}
          </Typography.Paragraph>
          <Button block onClick={() => void goToProvider('sign-in', '/sign-in')}>
            {t('signIn.withProvider', { name: provider })}
          </Button>
        </>
      )}
    </>
  );
}
