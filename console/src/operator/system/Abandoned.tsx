import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Flex, Form, Input, InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { FormDrawer } from '../../form/FormDrawer.tsx';
import { useNumbers } from '../../requests/useNumbers.ts';
import { Moment } from '../../shell/Moment.tsx';
import { PartError } from '../../shell/PartError.tsx';
import { State } from '../../shell/State.tsx';
import { Table, type Column } from '../../shell/Table.tsx';
import { abandonedQuery, type AbandonedRequest } from './queries.ts';

/** Requests whose end nobody saw: they stay charged at the most they can have used until somebody decides. */
export function Abandoned() {
  const { t } = useTranslation();
  const { number } = useNumbers();
  const asked = useQuery(abandonedQuery);
  const { data, error, isPending } = asked;
  const [decided, setDecided] = useState<{ request: AbandonedRequest; how: 'waive' | 'adjust' } | null>(null);
  const columns: readonly Column<AbandonedRequest>[] = [
    {
      key: 'request',
      title: t('system.request'),
      render: ({ id, abandonedAt }) => (
        <>
          <code className="any">{id}</code>
          <div className="soft">
            <Moment at={abandonedAt} />
          </div>
        </>
      ),
    },
    { key: 'model', title: t('system.model'), from: 768, render: ({ resource }) => resource?.name ?? '–' },
    {
      key: 'tokens',
      title: t('system.chargedTokens'),
      from: 576,
      kind: 'number',
      render: ({ chargedTokens }) => number.format(chargedTokens),
    },
    {
      key: 'cost',
      title: t('system.chargedCost'),
      kind: 'number',
      render: ({ chargedCost }) => (chargedCost === null ? '–' : number.format(Number(chargedCost))),
    },
    {
      key: 'decide',
      title: '',
      render: (request) => (
        <Flex gap={8} wrap>
          <Button size="small" onClick={() => setDecided({ request, how: 'waive' })}>
            {t('system.waive')}
          </Button>
          <Button size="small" onClick={() => setDecided({ request, how: 'adjust' })}>
            {t('system.adjust')}
          </Button>
        </Flex>
      ),
    },
  ];
  return (
    <section style={{ marginTop: 24 }}>
      <h2 className="part-title">{t('system.abandoned')}</h2>
      <p className="soft">{t('system.abandonedWhy')}</p>
      <PartError of={asked} />
      {(error === null || data) && (
        <Table
          label={t('system.abandoned')}
          columns={columns}
          rows={data?.data ?? []}
          loading={isPending}
          empty={<State kind="good">{t('system.noneAbandoned')}</State>}
        />
      )}
      {decided && <Decide {...decided} onClose={() => setDecided(null)} />}
    </section>
  );
}

interface Values {
  readonly tokens?: number | null;
  readonly cost?: string;
  readonly note: string;
}

/** Once for each request, and on record. */
function Decide(props: { request: AbandonedRequest; how: 'waive' | 'adjust'; onClose: () => void }) {
  const { request, how, onClose } = props;
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Values>();
  return (
    <FormDrawer<Values, AbandonedRequest>
      title={t(`system.${how}Title`)}
      confirm={t(`system.${how}`)}
      form={form}
      initialValues={{}}
      send={({ tokens = null, cost = '', note }) =>
        call('POST', `/requests/${request.id}/${how}`, {
          body: {
            note: note.trim(),
            ...(how === 'adjust' && tokens !== null && { tokens }),
            ...(how === 'adjust' && cost.trim() !== '' && { cost: cost.trim() }),
          },
        })
      }
      onDone={() => {
        void queries.invalidateQueries({ queryKey: ['abandoned'] });
        void message.success(t('system.decided'));
        onClose();
      }}
      onClose={onClose}
    >
      <p className="soft">{t(`system.${how}Why`)}</p>
      {how === 'adjust' && (
        <>
          <Form.Item name="tokens" label={t('system.chargedTokens')} extra={t('system.asCharged')}>
            <InputNumber min={0} precision={0} placeholder={String(request.chargedTokens)} style={{ width: 180 }} />
          </Form.Item>
          <Form.Item name="cost" label={t('system.chargedCost')} extra={t('system.asCharged')}>
            <Input inputMode="decimal" placeholder={request.chargedCost ?? ''} style={{ width: 180 }} />
          </Form.Item>
        </>
      )}
      <Form.Item
        name="note"
        label={t('system.note')}
        rules={[{ required: true, whitespace: true, message: t('system.noteNeeded') }]}
      >
        <Input.TextArea maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} />
      </Form.Item>
    </FormDrawer>
  );
}
