import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Modal, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../api/types.ts';
import { NotProved, proving } from '../session/proving.ts';
import { useAct } from '../shell/useAct.tsx';
import { changeMany, deleteMany, firstChange, lookAtDeletion, takeBack, type Deed } from './bulk.ts';
import { Results } from './Results.tsx';
import { WhatToSet } from './WhatToSet.tsx';

/** What changes the lists that are shown. */
const REFRESH = [['keys'], ['accountKeys'], ['hygiene'], ['key']] as const;

/**
 * One thing done to many keys: first what would become of each, then it is done, then what became of each. Nothing is done
 * by opening it.
 */
export function BulkDialog(props: {
  base: string;
  keys: readonly Key[];
  deed: Deed;
  onClose: () => void;
  onDone: () => void;
}) {
  const { base, keys, deed, onClose, onDone } = props;
  const { t } = useTranslation();
  const act = useAct();
  const queries = useQueryClient();
  const [change, setChange] = useState(() => firstChange(deed, Date.now()));
  const ids = keys.map(({ id }) => id);
  const look = useQuery({
    queryKey: ['bulkLook', deed, change, ids],
    queryFn: () => proving(() => (change ? changeMany(base, ids, change, true) : lookAtDeletion(base, ids))),
    enabled: change !== null || deed === 'delete',
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const doing = useMutation({
    mutationFn: async () => {
      if (!look.data) throw new Error('nothing was looked at');
      const seen = look.data;
      return proving(() => (change ? changeMany(base, ids, change, false) : deleteMany(base, seen)));
    },
    onSuccess: async ({ results }) => {
      const count = results.filter(({ outcome }) => outcome === 'changed').length;
      const isWhole = results.every(({ outcome }) => outcome === 'changed' || outcome === 'unchanged');
      if (isWhole) onDone();
      await act(() => Promise.resolve(), {
        done: t(`bulk.done.${deed}`, { count }),
        refresh: REFRESH,
        ...(change && count > 0 && { undo: () => takeBack(base, results, change) }),
      });
    },
    onError: (error) => {
      if (error instanceof NotProved) return;
      // A key has changed meanwhile, or nobody knows what was done: all is looked at again.
      for (const queryKey of [['bulkLook'], ...REFRESH]) void queries.invalidateQueries({ queryKey });
    },
  });
  const error = doing.error ?? look.error;
  if (look.error instanceof NotProved) queueMicrotask(onClose);
  const isOver = doing.data !== undefined;
  const count = look.data?.results.filter(({ outcome }) => outcome === 'changed').length ?? 0;

  return (
    <Modal
      open
      width={620}
      title={t(isOver ? 'bulk.over' : `bulk.ask.${deed}`, { count: keys.length })}
      okText={isOver ? t('bulk.close') : t(`bulk.go.${deed}`, { count })}
      cancelText={t('form.cancel')}
      okButtonProps={{
        danger: !isOver && (deed === 'delete' || deed === 'disable'),
        disabled: !isOver && count === 0,
        loading: doing.isPending,
      }}
      cancelButtonProps={{ autoFocus: true, ...(isOver && { style: { display: 'none' } }) }}
      onOk={() => (isOver ? onDone() : doing.mutate())}
      onCancel={isOver ? onDone : onClose}
    >
      {error && !(error instanceof NotProved) && (
        <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />
      )}
      {!isOver && <p>{t(`bulk.why.${deed}`)}</p>}
      {deed !== 'disable' && deed !== 'enable' && deed !== 'delete' && !isOver && (
        <WhatToSet deed={deed} keys={keys} change={change} onChange={setChange} />
      )}
      {look.isLoading && <Spin />}
      {look.data && <Results keys={keys} deed={deed} outcome={doing.data ?? look.data} isOver={isOver} />}
    </Modal>
  );
}
