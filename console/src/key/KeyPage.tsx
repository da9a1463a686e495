import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Alert, Button, Flex, Spin, Tabs, Tag } from 'antd';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyQuery, whileThere } from '../api/queries.ts';
import type { KeyDetails } from '../api/types.ts';
import { StatusSwitch } from '../keys/StatusSwitch.tsx';
import { ValueDialog } from '../keys/ValueDialog.tsx';
import { part } from '../routes/page.ts';
import type { May } from '../shell/here.ts';
import { PageError } from '../shell/PageError.tsx';
import { PageHead } from '../shell/PageHead.tsx';
import { DeleteKey } from './DeleteKey.tsx';
import { useMayWithKey } from './keyRights.ts';
import { KeySentence } from './KeySentence.tsx';
import { KEY_TABS, type KeyTab } from './keyView.ts';
import { RevealKey } from './RevealKey.tsx';
import { RotateKey } from './RotateKey.tsx';
import { SECTIONS } from './sections.ts';

const ReportLeak = part(async () => (await import('../leaks/ReportLeak.tsx')).ReportLeak, 'leaks');
const EditKey = part(async () => (await import('./EditKey.tsx')).EditKey);

type Dialog = 'edit' | 'rotate' | 'leak' | 'delete' | null;

/** One key: what it may do in a sentence, what can be done with it, and its sections by tabs. */
export function KeyPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { keyId } = useParams({ from: '/signedIn/keys/$keyId' });
  const { tab = 'overview', edit = false } = useSearch({ from: '/signedIn/keys/$keyId' });
  const { data: key, error, refetch } = useQuery({ ...keyQuery(keyId), refetchInterval: whileThere(15_000) });
  const may = useMayWithKey(key);
  const [dialog, setDialog] = useState<Dialog>(edit ? 'edit' : null);
  if (!key) return error ? <PageError error={error} reset={() => void refetch()} /> : <Spin />;

  function show(next: Dialog): void {
    setDialog(next);
    // Once it was changed or left, the address asks for it no more.
    if (edit) void navigate({ to: '.', search: { tab }, replace: true });
  }
  const open = KEY_TABS.filter((one) => SECTIONS[one].isFor?.(key, may) ?? true);
  return (
    <>
      {key.projectId !== null && (
        <Link to="/projects/$projectId/keys" params={{ projectId: key.projectId }}>
          ← {t('keys.title')}
        </Link>
      )}
      <PageHead
        title={key.name}
        beside={
          <>
            <Flex align="center">
              <code>{key.masked}</code>
              {may('keys.reveal') && key.class !== 'temporary' && (
                <RevealKey keyOf={key} mayRotate={may('keys.rotate')} onRotate={() => show('rotate')} />
              )}
            </Flex>
            {key.class !== 'standard' && <Tag>{t(`keys.class.${key.class}`)}</Tag>}
            {key.isDefault && <Tag>{t('keys.default')}</Tag>}
            {key.environment !== null && <Tag color="blue">{key.environment}</Tag>}
            {may('keys.change') ? <StatusSwitch keyOf={key} /> : <Tag>{t(`state.${key.state}`)}</Tag>}
          </>
        }
      >
        <KeyActions keyOf={key} may={may} open={dialog} setOpen={show} />
      </PageHead>
      {error && <Alert type="error" showIcon title={error.message} style={{ marginBottom: 16 }} />}
      <KeySentence keyOf={key} />
      <Tabs
        activeKey={open.includes(tab) ? tab : 'overview'}
        onChange={(next) => void navigate({ to: '.', search: { tab: next as KeyTab } })}
        destroyOnHidden
        items={open.map((one) => {
          const { Part } = SECTIONS[one];
          return {
            key: one,
            label: t(`key.tab.${one}`),
            children: (
              <Suspense fallback={<Spin />}>
                <Part keyOf={key} may={may} />
              </Suspense>
            ),
          };
        })}
      />
    </>
  );
}

/** What can be done with the key as a whole, and the dialogs that ask about it. */
function KeyActions(props: { keyOf: KeyDetails; may: May; open: Dialog; setOpen: (next: Dialog) => void }) {
  const { keyOf, may, open, setOpen } = props;
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [value, setValue] = useState<string | null>(null);
  const { id, name, projectId } = keyOf;
  const close = () => setOpen(null);
  const back = () =>
    projectId === null
      ? void navigate({ to: '/' })
      : void navigate({ to: '/projects/$projectId/keys', params: { projectId } });

  return (
    <>
      {projectId !== null && keyOf.class !== 'management' && may('usage.read') && (
        <Link to="/projects/$projectId/usage" params={{ projectId }} search={{ keyId: id, by: 'address' }}>
          {t('key.usage')}
        </Link>
      )}
      {may('keys.change') && <Button onClick={() => setOpen('edit')}>{t('key.edit')}</Button>}
      {may('keys.rotate') && keyOf.class !== 'temporary' && (
        <Button onClick={() => setOpen('rotate')}>{t('key.rotate')}</Button>
      )}
      {may('leaks.manage') && <Button onClick={() => setOpen('leak')}>{t('key.leaked')}</Button>}
      {may('keys.delete') && (
        <Button danger onClick={() => setOpen('delete')}>
          {t('key.delete')}
        </Button>
      )}
      <Suspense>
        {open === 'edit' && may('keys.change') && <EditKey keyOf={keyOf} onClose={close} />}
        {open === 'leak' && <ReportLeak of={{ keyId: id, name }} onClose={close} />}
      </Suspense>
      {open === 'rotate' && (
        <RotateKey
          keyOf={keyOf}
          onClose={close}
          onRotated={(next) => {
            close();
            setValue(next);
          }}
        />
      )}
      {open === 'delete' && <DeleteKey keyOf={keyOf} onClose={close} onDeleted={back} />}
      {value !== null && (
        <ValueDialog name={name} value={value} baseUrl={keyOf.baseUrl} onClose={() => setValue(null)} />
      )}
    </>
  );
}
