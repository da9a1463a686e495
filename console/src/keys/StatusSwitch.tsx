import { useQueryClient } from '@tanstack/react-query';
import { Flex, Spin, Switch } from 'antd';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { keyQuery } from '../api/queries.ts';
import type { Key, KeyDetails } from '../api/types.ts';
import { part } from '../routes/page.ts';
import { State } from '../shell/State.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';

// Its words are those of the page of a key.
const KeyImpact = part(async () => (await import('./KeyImpact.tsx')).KeyImpact, 'key');

/** Acts at once and takes it back if the server refuses. Disabling is asked about first: its calls fail from then on. */
export function StatusSwitch({ keyOf }: { keyOf: Key }) {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const queries = useQueryClient();
  // What was asked for, until the server has answered.
  const [wanted, setWanted] = useState<boolean | null>(null);
  const isActive = wanted ?? keyOf.status === 'active';
  const state = wanted === null ? keyOf.state : wanted ? 'active' : 'disabled';

  const send = (enable: boolean) =>
    call<KeyDetails>('POST', `/keys/${keyOf.id}/${enable ? 'enable' : 'disable'}`).then((key) =>
      queries.setQueryData(keyQuery(key.id).queryKey, key),
    );

  async function change(enable: boolean): Promise<void> {
    setWanted(enable);
    await act(() => send(enable), {
      done: t(enable ? 'status.enabled' : 'status.disabled', { name: keyOf.name }),
      refresh: [['keys']],
      ...(!enable && { undo: () => send(true) }),
    });
    setWanted(null);
  }

  function ask(enable: boolean): void {
    if (enable) return void change(true);
    confirm({
      title: t('status.disableTitle', { name: keyOf.name }),
      content: (
        <>
          <p>{t('status.disableWhy')}</p>
          <Suspense fallback={<Spin />}>
            <KeyImpact keyOf={keyOf} />
          </Suspense>
        </>
      ),
      okText: t('status.disable'),
      onOk: () => void change(false),
    });
  }

  return (
    // The row opens the key; this does not.
    <Flex gap={8} align="center" onClick={(event) => event.stopPropagation()}>
      <Switch
        size="small"
        checked={isActive}
        loading={wanted !== null}
        onChange={ask}
        aria-label={t('status.switch', { name: keyOf.name })}
      />
      <span role="status">
        {/* Where the switch is on, and the key opens nothing all the same. */}
        {state === 'expired' ? <State kind="warn">{t(`state.${state}`)}</State> : t(`state.${state}`)}
      </span>
    </Flex>
  );
}
