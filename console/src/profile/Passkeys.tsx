import { useQuery } from '@tanstack/react-query';
import { Button, Flex } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import { hasPasskeys } from '../session/passkeys.ts';
import { Moment } from '../shell/Moment.tsx';
import { PartError } from '../shell/PartError.tsx';
import { Table } from '../shell/Table.tsx';
import { useAct } from '../shell/useAct.tsx';
import { useConfirm } from '../shell/useConfirm.ts';
import { AddPasskey, RenamePasskey } from './PasskeyName.tsx';
import { passkeysQuery, type Passkey } from './queries.ts';
import { Section } from './Section.tsx';

/** Devices and keychains that sign somebody in without a password. */
export function Passkeys() {
  const { t } = useTranslation();
  const act = useAct();
  const confirm = useConfirm();
  const list = useQuery(passkeysQuery);
  const [isAdding, setAdding] = useState(false);
  const [renamed, setRenamed] = useState<Passkey | null>(null);
  const refresh = [passkeysQuery.queryKey, ['proofs']];

  const remove = ({ id, name }: Passkey) =>
    confirm({
      title: t('passkeys.removeTitle', { name }),
      content: t('passkeys.removeWhy'),
      okText: t('passkeys.remove'),
      onOk: () => act(() => call('DELETE', `/auth/passkeys/${id}`), { done: t('passkeys.removed', { name }), refresh }),
    });

  return (
    <Section
      title={t('passkeys.title')}
      actions={hasPasskeys && <Button onClick={() => setAdding(true)}>{t('passkeys.add')}</Button>}
    >
      <p className="soft" style={{ marginTop: 0 }}>
        {t('passkeys.why')}
      </p>
      {list.error ? (
        <PartError of={list} />
      ) : list.data?.data.length === 0 ? (
        t('passkeys.none')
      ) : (
        <Table<Passkey>
          label={t('passkeys.title')}
          rows={list.data?.data ?? []}
          loading={list.isPending}
          empty={null}
          columns={[
            { key: 'name', title: t('passkeys.name'), render: ({ name }) => <span className="any">{name}</span> },
            {
              key: 'added',
              title: t('passkeys.added'),
              from: 576,
              render: ({ createdAt }) => <Moment at={createdAt} />,
            },
            {
              key: 'actions',
              title: t('passkeys.actions'),
              render: (one) => (
                <Flex gap={4} wrap>
                  <Button
                    size="small"
                    onClick={() => setRenamed(one)}
                    aria-label={t('passkeys.renameOne', { name: one.name })}
                  >
                    {t('passkeys.rename')}
                  </Button>
                  <Button
                    size="small"
                    onClick={() => remove(one)}
                    aria-label={t('passkeys.removeOne', { name: one.name })}
                  >
                    {t('passkeys.remove')}
                  </Button>
                </Flex>
              ),
            },
          ]}
        />
      )}
      {isAdding && <AddPasskey onClose={() => setAdding(false)} />}
      {renamed && <RenamePasskey passkey={renamed} onClose={() => setRenamed(null)} />}
    </Section>
  );
}
