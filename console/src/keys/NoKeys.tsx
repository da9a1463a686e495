import { KeyOutlined } from '@ant-design/icons';
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
