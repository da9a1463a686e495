import { useMutation } from '@tanstack/react-query';
import { Button, Modal, Result, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { call, LONG_WAIT_MS } from '../api/client.ts';
import type { AuditCheck } from './types.ts';

/** Proves that the whole log is as it was written; it is of all accounts, so only the operator may. */
export function VerifyLog() {
  const { t } = useTranslation();
  const check = useMutation({
    mutationFn: () => call<AuditCheck>('GET', '/audit-events/verify', { waitMs: LONG_WAIT_MS }),
  });
  const found = check.data;
  return (
    <>
      <Button loading={check.isPending} onClick={() => check.mutate()}>
        {t('audit.verify')}
      </Button>
      <Modal
        open={check.isSuccess || check.isError}
        title={t('audit.verify')}
        footer={null}
        onCancel={() => check.reset()}
        destroyOnHidden
      >
        {check.error && <Result status="warning" title={check.error.message} />}
        {found?.ok === true && (
          <Result
            status="success"
            title={t('audit.whole', { count: found.events ?? 0 })}
            subTitle={t('audit.keepHead')}
            extra={
              <Typography.Text copyable className="mono any">
                {`${found.head?.seq ?? 0} ${found.head?.hash ?? ''}`}
              </Typography.Text>
            }
          />
        )}
        {found?.ok === false && found.problem !== null && (
          <Result
            status="error"
            title={t('audit.broken', { seq: found.brokenSeq ?? 0 })}
            subTitle={t(`audit.problem.${found.problem}`)}
          />
        )}
      </Modal>
    </>
  );
}
