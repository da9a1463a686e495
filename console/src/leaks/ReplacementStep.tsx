import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Flex, Input } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../api/client.ts';
import type { CreatedKey } from '../api/types.ts';
import { useAttempt } from '../form/useAttempt.ts';
import { Copied, OnceDialog } from '../shell/OnceDialog.tsx';
import { useAct } from '../shell/useAct.tsx';
import type { StepProps } from './steps.ts';
import { useWork } from './useWork.ts';

/** Third: what calls with the key needs another value. Made here, with the same settings, and shown once. */
export function ReplacementStep({ leak, mayWork }: StepProps) {
  const { t } = useTranslation();
  const act = useAct();
  const work = useWork(leak);
  const queries = useQueryClient();
  const id = useId();
  const { key, replacement, links, projectId, accountId } = leak;
  const [name, setName] = useState(`${key.name}-2`);
  const [made, setMade] = useState<{ name: string; value: string | null } | null>(null);
  const attempt = useAttempt();
  // A second click makes nothing: its value would be shown over the first, which nobody has seen.
  const [isBusy, setBusy] = useState(false);
  const once = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await work();
    setBusy(false);
  };
  const refresh = [['leak', leak.id], ['leaks'], ['keys'], ['key', key.id]];

  const replace = () =>
    act(
      () => {
        const place = projectId === null ? `/accounts/${accountId}` : `/projects/${projectId}`;
        return call<CreatedKey>('POST', `${place}/keys`, {
          body: { name, copyFrom: key.id },
          headers: attempt.headers,
        }).catch((error: unknown) => {
          attempt.onRefused(error);
          throw error;
        });
      },
      {
        done: t('leak.replaced', { name }),
        refresh: [['keys']],
        onDone: (created) => {
          setMade({ name: created.name, value: created.value });
          void work({ replacement: { state: 'done', keyId: created.id } }, t('leak.noted'));
        },
      },
    );
  const renew = () =>
    act(
      async () => {
        const { value } = await call<{ value: string }>('POST', `/keys/${key.id}/rotate`, {
          body: { overlapSeconds: 0 },
        });
        return value;
      },
      { done: t('leak.renewed', { name: key.name }), refresh, onDone: (value) => setMade({ name: key.name, value }) },
    );
  const enable = () =>
    act(() => call('POST', `/keys/${key.id}/enable`), { done: t('status.enabled', { name: key.name }), refresh });

  return (
    <>
      <p style={{ marginTop: 0 }}>{t(`leak.replacement.${replacement.state}`)}</p>
      {replacement.keyId !== null && (
        <p>
          <Link to="/keys/$keyId" params={{ keyId: replacement.keyId }}>
            {t('leak.toNewKey')}
          </Link>
        </p>
      )}
      {mayWork && replacement.state === 'open' && (
        <Flex vertical gap={12} style={{ maxWidth: 560 }}>
          {links.replace && (
            <div>
              <label htmlFor={id}>{t('leak.newName')}</label>
              <Flex gap={8} wrap style={{ marginTop: 4 }}>
                <Input
                  id={id}
                  value={name}
                  onChange={({ target }) => setName(target.value)}
                  style={{ flex: '1 1 200px' }}
                />
                <Button
                  type="primary"
                  disabled={name.trim() === ''}
                  loading={isBusy}
                  onClick={() => void once(replace)}
                >
                  {t('leak.replace')}
                </Button>
              </Flex>
              <span className="soft">{t('leak.sameSettings')}</span>
            </div>
          )}
          <Flex gap={8} wrap>
            {links.rotate && (
              <Button disabled={isBusy} onClick={() => void once(renew)}>
                {t('leak.renew')}
              </Button>
            )}
            <Button onClick={() => void work({ replacement: { state: 'notNeeded' } }, t('leak.noted'))}>
              {t('leak.notNeeded')}
            </Button>
          </Flex>
        </Flex>
      )}
      {mayWork && replacement.state === 'done' && replacement.keyId === null && leak.stopped === 'disabled' && (
        <Button onClick={() => void enable()}>{t('leak.enable')}</Button>
      )}
      {made && (
        <OnceDialog
          title={t('value.title', { name: made.name })}
          onClose={() => {
            setMade(null);
            void queries.invalidateQueries({ queryKey: ['leak', leak.id] });
          }}
        >
          {made.value === null ? (
            <p>{t('value.replayed')}</p>
          ) : (
            <>
              <Copied text={made.value} label={t('value.copy')} />
              <p>{t('leak.export')}</p>
              <Copied text={`export OPENAI_API_KEY=${made.value}`} label={t('leak.copyExport')} />
            </>
          )}
        </OnceDialog>
      )}
    </>
  );
}
