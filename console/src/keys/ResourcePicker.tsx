import { useQuery } from '@tanstack/react-query';
import { Flex, Spin, Tag, Transfer } from 'antd';
import { useTranslation } from 'react-i18next';
import { resourcesQuery } from '../api/queries.ts';
import { PartError } from '../shell/PartError.tsx';
import './keys.css';

/** What there is on one side, what is chosen on the other. */
export function ResourcePicker(props: { projectId: string; value?: string[]; onChange?: (next: string[]) => void }) {
  const { projectId, value = [], onChange } = props;
  const { t } = useTranslation();
  const asked = useQuery(resourcesQuery(projectId));
  if (asked.error) return <PartError of={asked} />;
  if (asked.isPending) return <Spin />;
  const { data } = asked;
  const there = (['model', 'endpoint', 'service'] as const).flatMap((type) =>
    data[type].flatMap(({ id, name }) => [
      { key: `${type}:${id}`, type, name },
      ...(type === 'service' ? [{ key: `${type}:${id}:read`, type, name: t('scope.readOnly', { name }) }] : []),
    ]),
  );
  // What was chosen and is gone meanwhile can still be seen, and taken out.
  const known = new Set(there.map(({ key }) => key));
  const gone = value
    .filter((key) => !known.has(key))
    .map((key) => ({ key, type: 'gone' as const, name: key.split(':')[1] ?? key }));
  return (
    <Transfer
      className="picker"
      dataSource={[...there, ...gone]}
      targetKeys={value}
      onChange={(next) => onChange?.(withoutDoubles(next.map(String), value))}
      showSearch
      filterOption={(text, { name }) => name.toLowerCase().includes(text.toLowerCase())}
      titles={[t('scope.there'), t('scope.chosen')]}
      actions={[t('scope.add'), t('scope.remove')]}
      render={({ name, type }) => ({
        value: name,
        label: (
          <Flex gap={6} align="center">
            <Tag style={{ marginInlineEnd: 0 }}>{t(`scope.kind.${type}`)}</Tag>
            <span style={{ overflowWrap: 'anywhere' }}>{name}</span>
          </Flex>
        ),
      })}
      styles={{ section: { flex: 1, minWidth: 0, height: 260 } }}
    />
  );
}

/** A service is opened in one way: the one chosen last. */
function withoutDoubles(next: readonly string[], before: readonly string[]): string[] {
  const isNew = (key: string) => !before.includes(key);
  const other = (key: string) => (key.endsWith(':read') ? key.slice(0, -5) : `${key}:read`);
  return next.filter((key) => isNew(key) || !next.includes(other(key)));
}
