import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Form, Input } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call, LONG_WAIT_MS } from '../../api/client.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { OneOf } from '../../form/OneOf.tsx';
import { allProvidersQuery } from '../providers/queries.ts';
import { ImportReport, type Report } from './ImportReport.tsx';

interface Values {
  readonly providerId: string;
  readonly litellmProvider?: string;
  readonly prices?: string;
}

/** What would be imported is looked at first; only what was looked at can be imported. */
export function ImportPrices({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  const providers = useQuery(allProvidersQuery);
  const [looked, setLooked] = useState<{ of: string; report: Report } | null>(null);
  const values: Values | undefined = Form.useWatch([], form);
  const report = looked !== null && looked.of === JSON.stringify(values) ? looked.report : null;
  const chooser = useRef<HTMLInputElement>(null);

  async function take(file: File | undefined): Promise<void> {
    if (file) form.setFieldValue('prices', await file.text());
  }

  return (
    <FormDrawer<Values, Report>
      title={t('models.importTitle')}
      confirm={t(report ? 'models.importNow' : 'models.look')}
      form={form}
      initialValues={{}}
      send={(given) =>
        call('POST', '/models/import', {
          body: {
            providerId: given.providerId,
            litellmProvider: (given.litellmProvider ?? '').trim() === '' ? null : given.litellmProvider?.trim(),
            prices: parsed(given.prices ?? '', t('models.notJson')),
            dryRun: report === null,
          },
          waitMs: LONG_WAIT_MS,
        })
      }
      onDone={(answer) => {
        if (report === null) return setLooked({ of: JSON.stringify(values), report: answer });
        void queries.invalidateQueries({ queryKey: ['models'] });
        void message.success(t('models.imported', { created: answer.created.length, updated: answer.updated.length }));
        return onClose();
      }}
      onClose={onClose}
    >
      <p className="soft">{t('models.importWhy')}</p>
      <Form.Item
        name="providerId"
        label={t('models.provider')}
        extra={t('models.importProviderWhy')}
        rules={[{ required: true, message: t('form.needed') }]}
      >
        <OneOf list={providers.data?.data} />
      </Form.Item>
      <Form.Item name="litellmProvider" label={t('models.only')} extra={t('models.onlyWhy')}>
        <Input className="mono" autoComplete="off" placeholder="openai" style={{ width: 200 }} />
      </Form.Item>
      <Form.Item
        name="prices"
        label={t('models.file')}
        rules={[{ required: true, whitespace: true, message: t('form.needed') }]}
      >
        <Input.TextArea rows={8} className="mono" spellCheck={false} placeholder='{"gpt-5-mini": {…}}' />
      </Form.Item>
      <input
        ref={chooser}
        type="file"
        accept=".json,application/json"
        // Not by `hidden`, which what styles the forms overrules.
        style={{ display: 'none' }}
        aria-label={t('models.choose')}
        onChange={({ target }) => void take(target.files?.[0])}
      />
      <Button onClick={() => chooser.current?.click()}>{t('models.choose')}</Button>
      {report && <ImportReport report={report} />}
    </FormDrawer>
  );
}

/** Throws as the server would: with the fault at its field. */
function parsed(text: string, fault: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(
      {
        type: 'about:blank',
        title: '',
        status: 400,
        code: 'invalid_request',
        detail: fault,
        requestId: '',
        errors: [{ pointer: '/prices', detail: fault }],
      },
      null,
    );
  }
}
