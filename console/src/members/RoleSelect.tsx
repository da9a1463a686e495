import { useTranslation } from 'react-i18next';
import '../shell/choice.css';
import type { Role } from './queries.ts';

/** What somebody is in a place, by the list that the system has for it. */
export function RoleSelect(props: {
  label: string;
  value: Role;
  roles: readonly Role[];
  onChange: (role: Role) => void;
}) {
  const { label, value, roles, onChange } = props;
  const { t } = useTranslation();
  return (
    <select
      className="choice"
      aria-label={label}
      value={value}
      onChange={({ target }) => onChange(target.value as Role)}
    >
      {roles.map((role) => (
        <option key={role} value={role}>
          {t(`members.role.${role}`)}
        </option>
      ))}
    </select>
  );
}
