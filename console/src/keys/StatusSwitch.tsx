import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Flex, Switch } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { keyQuery } from '../api/queries.ts';
import type { Key, KeyDetails } from '../api/types.ts';

/** Acts at once and takes it back if the server refuses. Disabling is asked about first: its calls fail from then on. */
export function StatusSwitch({ keyOf }: { keyOf: Key }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (enable: boolean) => call<KeyDetails>('POST', `/keys/${keyOf.id}/${enable ? 'enable' : 'disable'}`),
    onSuccess: (key, enable) => {
      queries.setQueryData(keyQuery(key.id).queryKey, key);
      void message.success(t(enable ? 'status.enabled' : 'status.disabled', { name: key.name }));
    },
    onError: (error) => void message.error(error.message),
    onSettled: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  });
  const isActive = change.isPending ? change.variables : keyOf.status === 'active';
  const state = change.isPending ? (change.variables ? 'active' : 'disabled') : keyOf.state;

  function ask(enable: boolean): void {
    if (enable) return change.mutate(true);
    modal.confirm({
      title: t('status.disableTitle', { name: keyOf.name }),
      content: t('status.disableWhy'),
      okText: t('status.disable'),
      okButtonProps: { danger: true },
      focusable: { autoFocusButton: 'cancel' },
      onOk: () => change.mutate(false),
    });
  }

  return (
    // The row opens the key; this does not.
    <Flex gap={8} align="center" onClick={(event) => event.stopPropagation()}>
      <Switch
        size="small"
        checked={isActive}
        loading={change.isPending}
        onChange={ask}
        aria-label={t('status.switch', { name: keyOf.name })}
      />
      <span role="status">{t(`state.${state}`)}</span>
    </Flex>
  );
}
