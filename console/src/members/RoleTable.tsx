import { CheckOutlined } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { PEOPLE_ROLES, ROLE_ROWS } from './roleRows.ts';
import './members.css';

/** What each role may do, in short; the whole of it stands in the reference. */
export function RoleTable() {
  const { t } = useTranslation();
  return (
    <>
      <div className="table role-table" role="region" aria-label={t('roles.title')} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('roles.may')}</th>
              {PEOPLE_ROLES.map((role) => (
                <th key={role} scope="col">
                  {t(`roles.name.${role}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ROLE_ROWS.map(([permission, answers]) => (
              <tr key={permission}>
                <th scope="row">{t(`roles.do.${wordOf(permission)}`)}</th>
                {answers.map((answer, at) => (
                  <td key={PEOPLE_ROLES[at]}>
                    {answer === 'allowed' ? (
                      <CheckOutlined aria-label={t('roles.answer.allowed')} />
                    ) : answer === 'policy' || answer === 'granted' ? (
                      <span className="soft">{t(`roles.answer.${answer}`)}</span>
                    ) : (
                      <span className="soft" aria-label={t('roles.answer.no')} role="img">
                        –
                      </span>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="soft">
        {t('roles.why')}{' '}
        <a href="/docs/reference/roles" style={{ textDecoration: 'underline' }}>
          {t('roles.all')}
        </a>
      </p>
    </>
  );
}

type Shown = (typeof ROLE_ROWS)[number][0];
type Underscored<Name> = Name extends `${infer Noun}.${infer Verb}` ? `${Noun}_${Verb}` : never;

/** The words of a permission stand below its name, in which a dot would lead further down. */
function wordOf(permission: Shown): Underscored<Shown> {
  return permission.replace('.', '_') as Underscored<Shown>;
}
