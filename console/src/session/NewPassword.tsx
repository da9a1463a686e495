import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import './entry.css';

/** As core/password.ts has it; the server decides, and says what is wrong at the field. */
const SHORTEST_ALONE = 15;
const SHORTEST_WITH_SECOND_FACTOR = 8;
const LONG = 20;

/** A password to be chosen, with what is asked of it said beforehand. `email`: so that password managers know whose it is. */
export function NewPassword(props: { name: string; label: string; email: string; twoFactor: boolean }) {
  const { name, label, email, twoFactor } = props;
  const { t } = useTranslation();
  const typed = Form.useWatch<string | undefined>(name) ?? '';
  const least = twoFactor ? SHORTEST_WITH_SECOND_FACTOR : SHORTEST_ALONE;
  return (
    <>
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      <Form.Item
        name={name}
        label={label}
        extra={
          <>
            <Length length={Array.from(typed.normalize('NFC')).length} least={least} />
            {t('newPassword.rules', { count: least })}
          </>
        }
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
}

/** How far it has come. Length is what makes a password hard to guess. */
function Length({ length, least }: { length: number; least: number }) {
  const { t } = useTranslation();
  const level = length === 0 ? 0 : length < least ? 1 : length < LONG ? 2 : 3;
  return (
    <span className="length" data-level={level}>
      <span className="length-bar" aria-hidden>
        <span style={{ width: `${Math.min(100, (length / LONG) * 100)}%` }} />
      </span>
      <span>
        {level === 0 && t('newPassword.none')}
        {level === 1 && t('newPassword.short', { count: least - length })}
        {level === 2 && t('newPassword.enough')}
        {level === 3 && t('newPassword.long')}
      </span>
    </span>
  );
}
