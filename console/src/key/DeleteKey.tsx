import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Form, Input, Modal, Spin } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call, hasCode } from '../api/client.ts';
import { accountSecurityQuery } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { NotProved, proving } from '../session/proving.ts';
import { Facts } from '../shell/Facts.tsx';
import { Moment } from '../shell/Moment.tsx';

/** What the server wants looked at before a key is deleted. */
interface Look {
  readonly name: string;
  readonly masked: string;
  readonly lastUsedAt: string | null;
  readonly requestsLast24h: number;
  readonly confirm: string;
}

/**
 * Deleting takes a second call, which names what was seen. The way out has the focus. Where the account asks nobody who
 * they are, the name is typed instead.
 */
export function DeleteKey({
  keyOf,
  onClose,
  onDeleted,
}: {
  keyOf: KeyDetails;
  onClose: () => void;
  onDeleted: () => void;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const security = useQuery(accountSecurityQuery(keyOf.accountId));
  const [typed, setTyped] = useState('');
  const look = useQuery({
    queryKey: ['deletion', keyOf.id],
    queryFn: () => proving(() => lookAt(keyOf.id)),
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
  const remove = useMutation({
    mutationFn: (confirm: string) => proving(() => call('DELETE', `/keys/${keyOf.id}`, { query: { confirm } })),
    onSuccess: async () => {
      void message.success(t('delete.done', { name: keyOf.name }));
      onDeleted();
      queries.removeQueries({ queryKey: ['key', keyOf.id] });
      await queries.invalidateQueries({ queryKey: ['keys'] });
    },
  });
  const error = remove.error ?? look.error;
  if (look.error instanceof NotProved) queueMicrotask(onClose);
  const isTyped = security.data?.stepUp === false;
  const isMeant = !isTyped || asSeen(typed) === asSeen(keyOf.name);

  return (
    <Modal
      open
      title={t('delete.title')}
      okText={t('delete.confirm')}
      cancelText={t('delete.keep')}
      okButtonProps={{ danger: true, disabled: !look.data || !isMeant, loading: remove.isPending }}
      cancelButtonProps={{ autoFocus: true }}
      onOk={() => look.data && remove.mutate(look.data.confirm)}
      onCancel={onClose}
    >
      {error && !(error instanceof NotProved) && (
        <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />
      )}
      {look.isPending && <Spin />}
      {look.data && (
        <>
          <p>{t('delete.why')}</p>
          <Facts
            facts={[
              [
                t('keys.name'),
                <span key="name" className="any">
                  {look.data.name}
                </span>,
              ],
              [t('keys.key'), <code key="masked">{look.data.masked}</code>],
              [
                t('keys.lastUsed'),
                <span key="used">
                  <Moment at={look.data.lastUsedAt} none={t('keys.never')} />
                  {keyOf.lastUsedAddress !== null && <> · {keyOf.lastUsedAddress}</>}
                </span>,
              ],
              [t('impact.lastDay'), look.data.requestsLast24h],
            ]}
          />
          {look.data.requestsLast24h > 0 && (
            <Alert
              type="warning"
              showIcon
              title={t('impact.inUse', { count: look.data.requestsLast24h })}
              style={{ marginTop: 16 }}
            />
          )}
          {isTyped && (
            <Form.Item
              label={t('delete.type', { name: keyOf.name })}
              htmlFor="name-to-delete"
              layout="vertical"
              style={{ margin: '16px 0 0' }}
            >
              <Input
                id="name-to-delete"
                value={typed}
                onChange={({ target }) => setTyped(target.value)}
                autoComplete="off"
              />
            </Form.Item>
          )}
        </>
      )}
    </Modal>
  );
}

/** A name as it is read off the page: neither what cannot be seen in it, nor how wide its spaces are, can be typed after it. */
function asSeen(name: string): string {
  return name
    .normalize()
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** The first call deletes nothing: it is answered by what to look at. */
async function lookAt(id: string): Promise<Look> {
  try {
    await call('DELETE', `/keys/${id}`);
  } catch (error) {
    if (hasCode(error, 'confirmation_required')) return error.problem as unknown as Look;
    throw error;
  }
  throw new ApiError({ type: 'about:blank', title: '', status: 0, code: 'internal', detail: '', requestId: '' }, null);
}
