import { KeyOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Button, Empty } from 'antd';
import { useTranslation } from 'react-i18next';

/** An empty list says why it is, and what to do. */
export function NoKeys(props: { isFiltered: boolean; mayCreate: boolean; onCreate: () => void; onClear: () => void }) {
  const { isFiltered, mayCreate, onCreate, onClear } = props;
  const { t } = useTranslation();
  if (isFiltered)
    return (
      <Empty description={t('keys.noneFound')}>
        <Button onClick={onClear}>{t('keys.clear')}</Button>
      </Empty>
    );
  return (
    <Empty
      image={<KeyOutlined style={{ fontSize: 40 }} />}
      description={t('keys.none')}
      styles={{ image: { height: 48 } }}
    >
      {mayCreate && (
        <Button type="primary" onClick={onCreate}>
          {t('keys.createFirst')}
        </Button>
      )}
    </Empty>
  );
}

/** What is said to members of a project whose admins alone work with its keys, and what is open to them. */
export function NotYours({ projectId }: { projectId: string }) {
  const { t } = useTranslation();
  return (
    <Empty
      image={<KeyOutlined style={{ fontSize: 40 }} />}
      description={t('keys.notYours')}
      styles={{ image: { height: 48 }, root: { marginTop: 48 } }}
    >
      <Link to="/projects/$projectId/models" params={{ projectId }}>
        {t('keys.toModels')}
      </Link>
    </Empty>
  );
}
