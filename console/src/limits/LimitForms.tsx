import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { App, Flex, Form, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import type { Limit } from '../api/types.ts';
import { FormDrawer } from '../form/FormDrawer.tsx';
import { toLimit, WINDOWS, type LimitValues } from '../keys/keyForm.ts';

const UNITS = ['cost', 'requests', 'tokens', 'concurrency'] as const;
const AMOUNT = /^\s*\d[\d\s,_]*(?:\.\d{1,9})?\s*$/;

interface FormProps {
  /** What is to be read anew when it is done. */
  readonly refresh: readonly QueryKey[];
  readonly onClose: () => void;
}

/** A limit that there was not. `place`: what it is set on, as `/keys/key_…`; `why`: what it counts. */
export function SetLimit({ place, why, refresh, onClose }: FormProps & { place: string; why: string }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<LimitValues>();
  const unit = Form.useWatch('unit', form);
  const window = Form.useWatch('window', form);
  const onDone = useDone({ refresh, onClose });
  return (
    <FormDrawer<LimitValues, Limit>
      title={t('limitCare.set')}
      confirm={t('form.save')}
      form={form}
      initialValues={{ unit: 'cost', window: 'month', kind: 'session', count: 1, each: 3600 }}
      send={(values) => call('POST', `${place}/limits`, { body: toLimit(values) })}
      onDone={onDone}
      onClose={onClose}
    >
      <p className="soft">{why}</p>
      <Form.Item name="unit" label={t('limits.unit')}>
        <Select options={UNITS.map((value) => ({ value, label: t(`unit.${value}`) }))} />
      </Form.Item>
      <Amount isMoney={unit === 'cost'} />
      {unit !== 'concurrency' && (
        <Form.Item
          name="window"
          label={t('limits.window')}
          extra={window === 'month' || window === 'day' ? t('limitCare.zone', { zone: zoneHere() }) : undefined}
        >
          <Select
            options={[
              ...Object.keys(WINDOWS).map((value) => ({ value, label: t(`window.${value as 'lifetime'}`) })),
              { value: 'own', label: t('limitCare.own') },
            ]}
          />
        </Form.Item>
      )}
      {unit !== 'concurrency' && window === 'own' && (
        <Flex gap={8} wrap>
          <Form.Item name="kind" label={t('limitCare.kind')} style={{ flex: '1 1 220px' }}>
            <Select
              options={(['session', 'rolling'] as const).map((value) => ({ value, label: t(`limitCare.${value}`) }))}
            />
          </Form.Item>
          <Form.Item
            name="count"
            label={t('limitCare.length')}
            rules={[{ required: true, message: t('form.needed') }]}
            style={{ flex: '0 1 100px' }}
          >
            <InputNumber min={1} precision={0} style={{ width: '100%' }} />
          </Form.Item>
          <Form.Item name="each" label={t('limitCare.each')} style={{ flex: '1 1 120px' }}>
            <Select
              options={([60, 3600, 86_400] as const).map((value) => ({ value, label: t(`limitCare.long.${value}`) }))}
            />
          </Form.Item>
        </Flex>
      )}
    </FormDrawer>
  );
}

/** Raises or lowers one: another unit or window would be another limit. */
export function ChangeLimit({ limit, refresh, onClose }: FormProps & { limit: Limit }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Pick<LimitValues, 'amount'>>();
  const onDone = useDone({ refresh, onClose });
  return (
    <FormDrawer<Pick<LimitValues, 'amount'>, Limit>
      title={t('limitCare.changeTitle', { unit: t(`unit.${limit.unit}`) })}
      confirm={t('form.save')}
      form={form}
      initialValues={{ amount: String(limit.amount) }}
      send={({ amount = '' }) => {
        const plain = amount.replaceAll(/[\s,_]/g, '');
        return call('PATCH', `/limits/${limit.id}`, {
          body: { amount: limit.unit === 'cost' ? plain : Number(plain) },
        });
      }}
      onDone={onDone}
      onClose={onClose}
    >
      <p className="soft">{t('limitCare.changeWhy')}</p>
      <Amount isMoney={limit.unit === 'cost'} />
    </FormDrawer>
  );
}

function Amount({ isMoney }: { isMoney: boolean }) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="amount"
      label={t('limits.amount')}
      extra={isMoney ? t('limitCare.money') : undefined}
      rules={[{ required: true, pattern: AMOUNT, message: t('limits.amountNeeded') }]}
    >
      <Input inputMode="decimal" placeholder="100" autoFocus autoComplete="off" style={{ width: 200 }} />
    </Form.Item>
  );
}

function useDone({ refresh, onClose }: FormProps): () => void {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  return () => {
    for (const queryKey of refresh) void queries.invalidateQueries({ queryKey });
    void message.success(t('limitCare.done'));
    onClose();
  };
}

function zoneHere(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
