// The page of roles, from the table that decides (src/core/role.ts) and the routes that ask it.

import { PERMISSIONS, ROLES, type Cell, type Permission, type Role } from '../src/core/role.ts';
import { permissionsOf } from '../src/http/manage/guard.ts';
import type { RoutedOperation } from '../src/http/manage/routeTable.ts';

/** Markdown: the table of permissions and roles, then what each permission opens. */
export function rolesPage(operations: readonly RoutedOperation[]): string {
  const names = Object.keys(PERMISSIONS) as Permission[];
  return `# Roles

Who may do what with the management API. Generated from the table that decides. How to use it: [Members](../guide/members.md).

- **yes**: allowed. **own**: only for what the caller made; lists hold nothing else. **403**: forbidden. **404**: not even that it exists.
- **project**: as the project’s \`memberAccess\` says: \`all\` yes, \`own\` own, \`none\` 403.
- **given**: yes for members who were given \`mayRequestQuota\`, else 403.
- In a suspended account people read what they could read, and every change answers 403 \`account_suspended\`.
- A **stranger** is someone who belongs to nothing in the account. Who has several roles has the best answer of them.
- A thing of the account is refused with 403 to those of the account, and a thing of a project with 404 to those who are not in it. Keys are refused with 403 what they may do nowhere.
- Keys of class management, and keys of a whole account, are changed under \`managementKeys.manage\` and \`accountKeys.manage\`, by whatever route. A limit is as what it is set on.

| permission | ${Object.values(ROLES).join(' | ')} |
|---|${Object.keys(ROLES)
    .map(() => '---|')
    .join('')}
${names.map(tableRow).join('\n')}

## Operations

| operation | permission |
|---|---|
${operations
  .filter(({ route }) => !route.startsWith('HEAD '))
  .map(operationRow)
  .join('\n')}
`;
}

const WORDS: Record<Cell, string> = {
  allowed: 'yes',
  own: 'own',
  forbidden: '403',
  unknown: '404',
  policy: 'project',
  granted: 'given',
};

function tableRow(permission: Permission): string {
  const { cells } = PERMISSIONS[permission];
  return `| \`${permission}\` | ${(Object.keys(ROLES) as Role[]).map((role) => WORDS[cells[role]]).join(' | ')} |`;
}

function operationRow({ route, asks }: RoutedOperation): string {
  const names = permissionsOf(asks).map((name) => `\`${name}\``);
  return `| \`${route.replaceAll(/:(\w+)/g, '{$1}')}\` | ${names.join(' or ') || 'none: public'} |`;
}
