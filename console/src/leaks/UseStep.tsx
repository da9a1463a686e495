import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Flex, Input, Radio, Spin } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { sayingAmounts } from '../shell/amounts.ts';
import { PartError } from '../shell/PartError.tsx';
import { dayOf } from '../usage/usageView.ts';
import type { StepProps } from './steps.ts';
import { suspectUseQuery } from './queries.ts';
import type { SuspectUse } from './types.ts';
import { DayBars, Side } from './UseDrawn.tsx';
import { useWork } from './useWork.ts';

/** Second: was it used by somebody else? Drawn by day, and by address, model and status; the calls one by one by a click. */
export function UseStep({ leak, mayWork }: StepProps) {
  const { t } = useTranslation();
  const { language } = useAppearance();
  const asked = useQuery(suspectUseQuery(leak.id));
  const { data, error } = asked;
  const number = new Intl.NumberFormat(language);
  const cost = Number(data?.total.cost ?? 0);
  const { projectId, key, since } = leak;
  return (
    <>
      <p style={{ marginTop: 0 }}>{t('leak.useWhy')}</p>
      <PartError of={asked} />
      {!data && !error && <Spin />}
      {data && (
        <>
          <p>
            {t('leak.total', {
              count: data.total.requests,
              requests: number.format(data.total.requests),
              tokens: number.format(data.total.inputTokens + data.total.outputTokens),
              cost: sayingAmounts(cost, language)(cost),
            })}
            {projectId !== null && (
              <>
                {' '}
                <Link
                  to="/projects/$projectId/requests"
                  params={{ projectId }}
                  search={{ keyId: key.id, from: since.slice(0, 10), to: dayOf(Date.now()) }}
                  className="under"
                >
                  {t('leak.oneByOne')}
                </Link>
              </>
            )}
          </p>
          {data.total.requests > 0 && <Drawn use={data} />}
        </>
      )}
      <Judgement key={`${leak.use.state} ${leak.use.note}`} leak={leak} mayWork={mayWork} />
    </>
  );
}

function Drawn({ use }: { use: SuspectUse }) {
  const { t } = useTranslation();
  return (
    <>
      <DayBars use={use} />
      <Flex gap={24} wrap style={{ margin: '16px 0' }}>
        <Side title={t('leak.byAddress')} rows={use.byAddress} nameOf={({ group }) => group.address ?? ''} />
        <Side title={t('leak.byModel')} rows={use.byModel} nameOf={({ group }) => group.model ?? ''} />
        <Side title={t('leak.byStatus')} rows={use.byStatus} nameOf={({ group }) => group.status ?? ''} />
      </Flex>
    </>
  );
}

/** What was found, in the person's words. */
function Judgement({ leak, mayWork }: StepProps) {
  const { t } = useTranslation();
  const work = useWork(leak);
  const id = useId();
  const [state, setState] = useState(leak.use.state);
  const [note, setNote] = useState(leak.use.note);
  const save = () => work({ use: { state, note } }, t('leak.noted'));
  const isSame = state === leak.use.state && note === leak.use.note;
  return (
    <Flex vertical gap={8} style={{ maxWidth: 560 }}>
      <Radio.Group
        aria-label={t('leak.step.use')}
        disabled={!mayWork}
        value={state}
        onChange={({ target }) => setState(target.value as typeof state)}
        options={(['clear', 'abnormal'] as const).map((value) => ({ value, label: t(`leak.use.${value}`) }))}
      />
      <label htmlFor={id}>{t('leak.note')}</label>
      <Input.TextArea
        id={id}
        rows={2}
        disabled={!mayWork}
        value={note}
        maxLength={500}
        onChange={({ target }) => setNote(target.value)}
      />
      {mayWork && (
        <Flex>
          <Button disabled={isSame || state === 'open'} onClick={() => void save()}>
            {t('form.save')}
          </Button>
        </Flex>
      )}
    </Flex>
  );
}
