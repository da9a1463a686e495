import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Input, Modal } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { useAppearance } from '../appearance.ts';
import { NotProved, proving } from '../session/proving.ts';
import { KeySelect } from '../usage/KeySelect.tsx';
import { saySpan } from '../usage/sayStep.ts';
import { isDay } from '../usage/usageView.ts';
import { useOpenLeak } from './LeakLink.tsx';
import type { Leak } from './types.ts';

/** Says that a key leaked. It is disabled by that, at once; then the report leads through the rest. */
export function ReportLeak(props: {
  /** The key, or the project in which one is chosen. */
  of: { readonly keyId: string; readonly name: string } | { readonly projectId: string };
  onClose: () => void;
}) {
  const { of, onClose } = props;
  const { t } = useTranslation();
  const queries = useQueryClient();
  const open = useOpenLeak();
  const { language } = useAppearance();
  const [foundId, sinceId, saidId] = [useId(), useId(), useId()];
  const [chosen, setChosen] = useState<string>();
  const [foundAt, setFoundAt] = useState('');
  const [since, setSince] = useState('');
  const keyId = 'keyId' in of ? of.keyId : chosen;
  const report = useMutation({
    mutationFn: () =>
      proving(() =>
        call<Leak>('POST', `/keys/${keyId}/leak-reports`, {
          body: {
            ...(foundAt.trim() !== '' && { foundAt }),
            ...(isDay(since) && { since: `${since}T00:00:00Z` }),
          },
        }),
      ),
    onSuccess: (leak) => {
      onClose();
      open(leak);
      for (const queryKey of [['keys'], ['key', leak.key.id], ['leaks']]) void queries.invalidateQueries({ queryKey });
    },
  });
  return (
    <Modal
      open
      title={'name' in of ? t('report.title', { name: of.name }) : t('report.titleAny')}
      okText={t('report.confirm')}
      okButtonProps={{ danger: true, disabled: keyId === undefined, loading: report.isPending }}
      cancelButtonProps={{ autoFocus: true }}
      onOk={() => report.mutate()}
      onCancel={onClose}
    >
      {report.error && !(report.error instanceof NotProved) && (
        <Alert type="error" showIcon title={report.error.message} style={{ marginBottom: 16 }} />
      )}
      <p>{t('report.why')}</p>
      {'projectId' in of && (
        <div style={{ marginBottom: 12 }}>
          <KeySelect
            projectId={of.projectId}
            label={t('report.key')}
            placeholder={t('report.key')}
            value={chosen}
            onChange={setChosen}
          />
        </div>
      )}
      <label htmlFor={foundId}>{t('report.found')}</label>
      <Input
        id={foundId}
        value={foundAt}
        maxLength={500}
        placeholder={t('report.foundHint')}
        onChange={({ target }) => setFoundAt(target.value)}
        style={{ margin: '4px 0 12px' }}
      />
      <label htmlFor={sinceId}>{t('report.since')}</label>
      <Input
        id={sinceId}
        type="date"
        aria-describedby={saidId}
        value={since}
        max={new Date().toISOString().slice(0, 10)}
        onChange={({ target }) => setSince(target.value)}
        style={{ marginTop: 4 }}
      />
      <div id={saidId} className="soft">
        {isDay(since) ? saySpan({ unit: 'day', steps: [since] }, language) : t('report.sinceHint')}
      </div>
    </Modal>
  );
}
