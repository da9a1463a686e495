import { DeleteOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

/** Asks whether the thing of a row is to go. The row opens the thing; this does not. */
export function DeleteButton({ name, onClick }: { name: string; onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <Button
      size="small"
      type="text"
      danger
      icon={<DeleteOutlined />}
      aria-label={t('catalogue.deleteOne', { name })}
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
    />
  );
}
