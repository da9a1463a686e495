import { Button, Typography } from 'antd';
import { useTranslation } from 'react-i18next';

/** For who came without a link, or with one that opens nothing any more: `why`, in the server’s words. */
export function LinkOver({ why }: { why?: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Typography.Paragraph>{why ?? t('link.none')}</Typography.Paragraph>
      <Button block href="/sign-in">
        {t('signIn.enter')}
      </Button>
    </>
  );
}
